/* Reads presentations from standard input, NEUROFF_LENGTH steps of NEUROFF_AXONS int32 each, and writes the
 * spikes of every step, NEUROFF_NEURONS bytes, to standard output; with -DNEUROFF_POTENTIALS the potentials of a
 * last layer that never fires instead, NEUROFF_ANSWERS int32. */
#include <stdio.h>
#include NEUROFF_HEADER

int main(void)
{
    static neuroff_state state;
    static int32_t events[NEUROFF_AXONS];
    static uint8_t spikes[NEUROFF_NEURONS];
    int step = 0;
    while (fread(events, sizeof events[0], NEUROFF_AXONS, stdin) == NEUROFF_AXONS) {
        if (step++ % NEUROFF_LENGTH == 0)
            neuroff_start(&state);
        neuroff_step(&state, events, spikes);
#ifdef NEUROFF_POTENTIALS
        for (int32_t n = 0; n < NEUROFF_ANSWERS; n++) {
            int32_t potential = neuroff_potential(&state, n);
            if (fwrite(&potential, sizeof potential, 1, stdout) != 1)
                return 1;
        }
#else
        if (fwrite(spikes, 1, NEUROFF_NEURONS, stdout) != NEUROFF_NEURONS)
            return 1;
#endif
    }
    return 0;
}
