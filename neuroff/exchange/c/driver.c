/* Reads presentations from standard input, NEUROFF_LENGTH steps of NEUROFF_AXONS int32 each, and writes the
 * spikes of every step, NEUROFF_NEURONS bytes, to standard output. */
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
        if (fwrite(spikes, 1, NEUROFF_NEURONS, stdout) != NEUROFF_NEURONS)
            return 1;
    }
    return 0;
}
