"""Where a network's neurons and synapses lie on a device, and what travels between its cores."""
