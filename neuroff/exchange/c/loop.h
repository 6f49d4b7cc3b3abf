/* One step of the network: 32-bit integers, no allocation, no library. A spike costs one column of weights.
 * All layers advance together: what a layer sends at a step reaches the next layer's neurons a step later,
 * plus the delay of its axon, and its own neurons a step later too where they are joined among themselves. A
 * presentation is neuroff_start, then NEUROFF_LENGTH times neuroff_step with what the input axons carry. Layer l (from 0) works on it in steps l + 1 to l + NEUROFF_STEPS, from 0. */

typedef struct {
    int32_t axons, neurons;
    int32_t weight_scale, weight_offset; /* weight = scale * stored + offset */
    int32_t exponent;                    /* of the sums */
    int32_t graded;                      /* spikes carry numbers */
    int32_t current_kept, voltage_kept;  /* of 4096, from step to step */
    int32_t threshold, refractory, rest_at; /* step, from 0, before which neurons are set to rest; 0: never */
    int32_t taken, most;           /* off the potential by a spike, of which there are so many; 0: it resets to 0 */
    int32_t slots;                 /* steps of spikes kept: the longest delay and one */
    int32_t alike;                 /* neurons in a row with one bias and one start */
#if NEUROFF_ADAPTS
    int32_t raised_by, raised_kept; /* what a spike raises the threshold by, and of 4096, what a step leaves of it */
#endif
    const uint8_t *weight;         /* axon by axon, or column by column where axons share them */
    const uint16_t *column, *first; /* of every axon: its shared column, and the neuron it counts from; or 0 */
    const int32_t *reach;          /* of every shared column: its first weight, first offset, how many */
    const uint16_t *offset;        /* of neurons */
    const uint8_t *delay;          /* of every axon; 0: none */
    const int32_t *bias, *start_voltage, *start_current;
    const uint8_t *recurrent;      /* from the layer's own neurons, neuron by neuron; 0: none */
} neuroff_layer;

NEUROFF_TABLE

typedef struct {
    uint32_t moment;
    int32_t current[NEUROFF_NEURONS], voltage[NEUROFF_NEURONS], collected[NEUROFF_NEURONS];
    uint8_t blocked[NEUROFF_NEURONS];
#if NEUROFF_ADAPTS
    int32_t raised[NEUROFF_NEURONS]; /* thresholds, by spikes before */
#endif
    int32_t sent[NEUROFF_SENT]; /* what axons carried in the last steps, layer by layer, slot by slot */
} neuroff_state;

/* sign(x) floor(|x| kept / 4096) */
static inline int32_t neuroff_decayed(int32_t x, int32_t kept)
{
    int32_t size = (int32_t)(((int64_t)(x < 0 ? -x : x) * kept) >> 12);
    return x < 0 ? -size : size;
}

/* floor(sum 2^exponent), then 6 bits up, added to the current; modulo 2^24 in (-2^23, 2^23] */
static inline int32_t neuroff_charged(int32_t current, int32_t sum, int32_t exponent)
{
    uint32_t added;
    if (exponent >= 0)
        added = (uint32_t)sum << exponent;
    else
        added = sum >= 0 ? (uint32_t)(sum >> -exponent) : (uint32_t)~(~sum >> -exponent);
    added = ((uint32_t)current + (added << 6) + 0x7fffffu) & 0xffffffu;
    return (int32_t)added - 0x7fffff;
}

static inline int32_t neuroff_saturated(int32_t x)
{
    return x > 0x7fffff ? 0x7fffff : x < -0x7fffff ? -0x7fffff : x;
}

static inline void neuroff_start(neuroff_state *state)
{
    int32_t layer, n, at = 0;
    state->moment = 0;
    for (n = 0; n < NEUROFF_SENT; n++)
        state->sent[n] = 0;
    for (layer = 0; layer < NEUROFF_LAYERS; layer++)
        for (n = 0; n < neuroff_layers[layer].neurons; n++, at++) {
            int32_t of = n / neuroff_layers[layer].alike;
            state->current[at] = neuroff_layers[layer].start_current[of];
            state->voltage[at] = neuroff_layers[layer].start_voltage[of];
            state->collected[at] = state->blocked[at] = 0;
#if NEUROFF_ADAPTS
            state->raised[at] = 0;
#endif
        }
}

static inline void neuroff_fire(const neuroff_layer *layer, neuroff_state *state, int32_t at, uint8_t *spikes)
{
    int32_t n, of = 0, left = layer->alike;
    for (n = 0; n < layer->neurons; n++, at++) {
        if (layer->rest_at && state->moment == (uint32_t)layer->rest_at) {
            state->current[at] = layer->start_current[of] ? -layer->bias[of] : 0;
            state->voltage[at] = state->blocked[at] = 0;
#if NEUROFF_ADAPTS
            state->raised[at] = 0;
#endif
        }
        int32_t u = neuroff_decayed(state->current[at], layer->current_kept), v;
        u = neuroff_charged(u, state->collected[at], layer->exponent);
        v = neuroff_saturated(neuroff_decayed(state->voltage[at], layer->voltage_kept) + u + layer->bias[of]);
        if (--left == 0) {
            of++;
            left = layer->alike;
        }
        if (state->blocked[at]) {
            state->blocked[at]--;
            v = 0;
        }
#if NEUROFF_ADAPTS
        int32_t raised = state->raised[at];
        state->raised[at] = neuroff_decayed(raised, layer->raised_kept);
        spikes[at] = v > layer->threshold + raised;
#else
        spikes[at] = v > layer->threshold;
#endif
        if (spikes[at]) {
            int32_t times = layer->most > 1 ? (v - layer->threshold + layer->taken - 1) / layer->taken : 1;
            spikes[at] = (uint8_t)(times > layer->most ? layer->most : times);
            state->blocked[at] = (uint8_t)(state->blocked[at] + layer->refractory - 1);
#if NEUROFF_ADAPTS
            v = layer->taken ? v - spikes[at] * layer->taken - raised : 0;
            state->raised[at] = neuroff_saturated(state->raised[at] + layer->raised_by);
#else
            v = layer->taken ? v - spikes[at] * layer->taken : 0;
#endif
        }
        state->current[at] = u;
        state->voltage[at] = v;
        state->collected[at] = 0;
    }
}

static inline void neuroff_collect(const neuroff_layer *layer, neuroff_state *state, int32_t at, int32_t *sent,
                                   const int32_t *events, const uint8_t *spikes, const uint8_t *own)
{
    int32_t now = (int32_t)(state->moment % (uint32_t)layer->slots), axon, n;
    for (axon = 0; axon < layer->axons; axon++)
        sent[now * layer->axons + axon] = events ? events[axon] : spikes ? spikes[axon] : 0;
    for (axon = 0; axon < layer->axons; axon++) {
        int32_t slot = now - (layer->delay ? layer->delay[axon] : 0), carried;
        carried = sent[(slot < 0 ? slot + layer->slots : slot) * layer->axons + axon];
        if (carried == 0)
            continue;
        if (!layer->graded)
            carried = 1;
        if (layer->column) {
            const int32_t *reach = layer->reach + 3 * layer->column[axon];
            int32_t *to = state->collected + at + layer->first[axon];
            for (n = 0; n < reach[2]; n++)
                to[layer->offset[reach[1] + n]] +=
                    (layer->weight_scale * layer->weight[reach[0] + n] + layer->weight_offset) * carried;
        } else {
            const uint8_t *column = layer->weight + axon * layer->neurons;
            for (n = 0; n < layer->neurons; n++)
                state->collected[at + n] += (layer->weight_scale * column[n] + layer->weight_offset) * carried;
        }
    }
    for (axon = 0; layer->recurrent && axon < layer->neurons; axon++)
        for (n = 0; own[axon] && n < layer->neurons; n++)
            state->collected[at + n] += own[axon] *
                (layer->weight_scale * layer->recurrent[axon * layer->neurons + n] + layer->weight_offset);
}

/* events: NEUROFF_AXONS numbers, or 0 for none; spikes: how many of NEUROFF_NEURONS, layer after layer */
static inline void neuroff_step(neuroff_state *state, const int32_t *events, uint8_t *spikes)
{
    int32_t index, at = 0, *sent = state->sent;
    const uint8_t *before = 0;
    for (index = 0; index < NEUROFF_LAYERS; index++) {
        const neuroff_layer *layer = &neuroff_layers[index];
        neuroff_fire(layer, state, at, spikes);
        neuroff_collect(layer, state, at, sent, index ? 0 : events, before, spikes + at);
        sent += layer->slots * layer->axons;
        before = spikes + at;
        at += layer->neurons;
    }
    state->moment++;
}
