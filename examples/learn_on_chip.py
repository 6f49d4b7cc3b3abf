"""Forward-Forward learning in a chip's integers, on the embedded digits.

    python examples/learn_on_chip.py

One layer learns inside the fixed-point emulator, a write per presentation as on the chip: 7-bit traces, 8-bit
weights, a modulator of 7 bits for the whole layer. Prints the rule in the chip's notation, accuracy over
epochs, and what learning from an image would cost where that has a price. MNIST and what each limit costs:
`python -m benchmarks.fixed_point_learning`.
"""

import torch

import neuroff
from neuroff.chip.learning import (
    Schedule,
    accuracy,
    flat,
    learn_epoch,
    learner,
    learning_energy,
    rule_lines,
)

data = neuroff.load("digits")
pixels, labels = flat(data.train_images), torch.as_tensor(data.train_labels)
test, test_labels = flat(data.test_images), torch.as_tensor(data.test_labels)

plan, state = learner(pixels, (100,), "ff", steps=12, copies=4)
schedule = Schedule(epochs=2, slower=(1,))
print("\n".join(rule_lines(plan)))
print("\nepoch  test accuracy  synapse updates an image")
print(f"    0  {accuracy(plan, state, test, test_labels):13.2%}")
for epoch in range(schedule.epochs):
    counts = learn_epoch(plan, state, schedule, epoch, pixels, labels).per_image()
    reached = accuracy(plan, state, test, test_labels)
    print(f"{epoch + 1:5}  {reached:13.2%}  {counts['synapse_updates']:24,.0f}")

print()
for name, priced in learning_energy(counts, map(neuroff.load_profile, neuroff.list_profiles())).items():
    bound = "at least " if priced.is_lower_bound else ""
    print(f"{name}: {bound}{priced.total_J.nominal * 1e6:.3g} µJ to learn from an image")
