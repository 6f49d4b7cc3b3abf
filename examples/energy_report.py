"""What one prediction costs: train a small spiking network, count its work, price it on every profile.

    python examples/energy_report.py

Counts come from a real forward pass, coefficients with their sources from hardware_profiles/. What a profile
cannot price is printed, and its total is a lower bound.
"""

import neuroff

config = neuroff.preset("demo", path="spiking", variant="acff", dataset="digits")
config = neuroff.apply_settings(config, ["epochs=6", "neuron.steps=6"])
split = neuroff.prepare(neuroff.load("digits"), config)
network = neuroff.train(config, split).network
print(f"test accuracy {neuroff.accuracy(network, split.test):.3f}")

activity = neuroff.count_activity(network, split.test)
print("spikes per neuron and step, by layer:", ", ".join(f"{rate:.2f}" for rate in activity.firing_rate))
for name, amount in activity.counts.to_dict().items():
    print(f"{name:26} {amount:14,.0f} per image")

for name in neuroff.list_profiles():
    priced = neuroff.estimate(activity.counts, neuroff.load_profile(name))
    bound = "at least " if priced.is_lower_bound else ""
    print(f"\n{priced.profile_name}: {bound}{priced.total_J.nominal:.2g} J per image")
    for term, band in priced.terms_J.items():
        if band.nominal > 0:
            print(f"  {term:26} {band.nominal:.2g} J  ({band.low:.2g} to {band.high:.2g})")
    for missing in priced.unpriced:
        print(f"  {missing.count:26} unpriced: {missing.reason}")
