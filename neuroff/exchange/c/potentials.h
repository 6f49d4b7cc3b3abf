/* The last layer never fires: its potentials are read. The class is the neuron whose potentials, each counted
 * from where it rests, have the largest sum over a presentation, the first of several alike: sums start at zero,
 * neuroff_sum follows every step, from 0, and neuroff_class answers. */
static inline int32_t neuroff_potential(const neuroff_state *state, int32_t n)
{
    return state->voltage[NEUROFF_NEURONS - NEUROFF_ANSWERS + n];
}

static inline void neuroff_sum(int32_t step, const neuroff_state *state, int64_t *sums)
{
    int32_t n;
    if (NEUROFF_LAYERS <= step && step < NEUROFF_LAYERS + NEUROFF_STEPS)
        for (n = 0; n < NEUROFF_ANSWERS; n++)
            sums[n] += (int64_t)neuroff_potential(state, n) + NEUROFF_REST;
}

static inline int32_t neuroff_class(const int64_t *sums)
{
    int32_t k, best = 0;
    for (k = 1; k < NEUROFF_ANSWERS; k++)
        if (sums[k] > sums[best])
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
    static int32_t events[NEUROFF_AXONS];
    static int64_t sums[NEUROFF_ANSWERS];
    static uint8_t spikes[NEUROFF_NEURONS];
    int32_t step = 0, k;
    while (fread(events, sizeof events[0], NEUROFF_AXONS, stdin) == NEUROFF_AXONS) {
        if (step == 0) {
            neuroff_start(&state);
            for (k = 0; k < NEUROFF_ANSWERS; k++)
                sums[k] = 0;
        }
        neuroff_step(&state, events, spikes);
        neuroff_sum(step, &state, sums);
        step = (step + 1) % NEUROFF_LENGTH;
        if (step == 0)
            printf("%d\n", (int)neuroff_class(sums));
    }
    return 0;
}
#endif
