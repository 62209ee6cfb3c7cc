-- What the presets change of the defaults.

local presets = {}

--- All of it in about a minute, on small phantoms: whether everything works, not what is better.
presets.smoke = {
    phantom_size = {24, 28, 24}, phantom_sources = 5, phantom_targets = 11,
    sizes = {2, 3}, splits = 2, test = 4, ablation_sizes = {2}, tuning_train = 2, validation = 2,
    tuning = {
        RI = {lr = {1e-3, 3e-3}}, PR = {lr = {1e-3, 3e-3}}, PRf = {lr = {1e-3, 3e-3}}, DWP = {deviation = {0.1, 0.3}},
    },
    channels = {1, 4, 8, 8, 8}, source_networks = 2, source_steps = 60, prior_steps = 60, prior_hidden = 8,
    prior_judges = 4, steps = 50, lr = 3e-3, share = 64, samples = 4, shown = 1,
}

--- About 80 minutes on 2 cores (EPYC Zen 4), at half resolution: 159 minutes of processor time were measured.
presets.desk = {resolution = 0.5, sizes = {5, 10, 20}, splits = 5, test = 25, steps = 400, share = 256}

--- A night on 2 cores: every method at every n, more source networks, longer training.
presets.night = {
    resolution = 0.5, sizes = {5, 10, 15, 20}, ablation_sizes = {5, 10, 15, 20}, splits = 10, test = 25,
    source_networks = 6, source_steps = 2400, snapshots = 4, prior_steps = 12000, steps = 1200,
}

--- As the authors did, where they tell: full network and resolution, their loss, start and rates.
presets.paper = {
    network = "full", resolution = 1, sizes = {5, 10, 15, 20}, ablation_sizes = {5, 10, 15, 20}, splits = 3, test = 50,
    source_networks = 10, source_steps = 10000, snapshots = 5, prior_steps = 60000, prior_lr = 5e-4,
    steps = 10000, schedule = "halving", ce_weight = 0.01, dice_weight = 0.99, ce_reduction = "sum",
    start = "normal", start_std = 0.02, deviation = false, log_variance = -5, log_variance_lr = 1e-3,
    tuning = {RI = {lr = {3e-4, 1e-3}}, PR = {lr = {3e-4, 1e-3}}, PRf = {lr = {3e-4, 1e-3}}},
}

return presets
