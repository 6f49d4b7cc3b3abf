/* The class: scores start at zero, neuroff_count follows every step, from 0, and neuroff_class answers. */
static const int32_t *const neuroff_answers[NEUROFF_LAYERS] = {NEUROFF_ANSWER_TABLE};
static const int32_t *const neuroff_shares[NEUROFF_LAYERS] = {NEUROFF_SHARE_TABLE};

static inline void neuroff_count(int32_t step, const uint8_t *spikes, int32_t *scores)
{
    int32_t layer, n, at = 0;
    for (layer = 0; layer < NEUROFF_LAYERS; layer++) {
        const int32_t neurons = neuroff_layers[layer].neurons;
        if (layer < step && step <= layer + NEUROFF_STEPS)
            for (n = 0; n < neurons; n++)
                if (spikes[at + n])
                    scores[neuroff_answers[layer][n]] += neuroff_shares[layer][n];
        at += neurons;
    }
}

static inline int32_t neuroff_class(const int32_t *scores)
{
    int32_t k, best = 0;
    for (k = 1; k < NEUROFF_ANSWERS; k++)
        if (scores[k] > scores[best])
            best = k;
    return best;
}

#ifdef NEUROFF_MAIN
/* cc -std=c99 -O2 -DNEUROFF_MAIN -x c THIS_FILE: reads presentations, NEUROFF_LENGTH steps of NEUROFF_AXONS int32
 * each, from standard input, and prints the class of each on a line of its own. */
#include <stdio.h>
int main(void)
{
    static neuroff_state state;
    static int32_t events[NEUROFF_AXONS], scores[NEUROFF_ANSWERS];
    static uint8_t spikes[NEUROFF_NEURONS];
    int32_t step = 0, k;
    while (fread(events, sizeof events[0], NEUROFF_AXONS, stdin) == NEUROFF_AXONS) {
        if (step == 0) {
            neuroff_start(&state);
            for (k = 0; k < NEUROFF_ANSWERS; k++)
                scores[k] = 0;
        }
        neuroff_step(&state, events, spikes);
        neuroff_count(step, spikes, scores);
        step = (step + 1) % NEUROFF_LENGTH;
        if (step == 0)
            printf("%d\n", (int)neuroff_class(scores));
    }
    return 0;
}
#endif
