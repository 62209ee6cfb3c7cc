-- Rivals for uncertainty on a toy segmentation: who knows best how sure it may be?
--
--   lunette Scripts/uncertainty.lua [--epochs 40] [--samples 8] [--seed 1]       some minutes on two cores
--
-- Phantoms of tumours with noise are segmented by the same small U-Net, which learns its uncertainty in several ways. The
-- table has, on volumes not trained on, the negative log-likelihood in nats a voxel and the expected calibration error
-- (both the lower the better), Dice, and the seconds of training. All loss is cross entropy; nothing is tuned.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"

local parser = argparse("uncertainty.lua", "Compares ways to uncertainty on a toy segmentation.")
command.integer(parser, "--epochs", "passes through the training volumes, of each method", "40")
command.integer(parser, "--samples", "draws of a prediction", "8")
command.integer(parser, "--seed", "seed of everything random", "1")
local options = parser:parse(arg)
torch.manual_seed(options.seed)

local TRAINING, TEST, SIZE = 4, 4, {24, 24, 24}
local VOXELS = TRAINING * SIZE[1] * SIZE[2] * SIZE[3]

--- Noisy phantoms, prepared; each as large as the others.
local function volumes_of(count, first)
    local samples = {}
    for i = 1, count do
        local scan, truth = volumes.phantom{kind = "tumour", size = SIZE, seed = first + i}
        local sample = volumes.prepare(scan, truth, {crop = false})
        samples[i] = {image = sample.image + torch.randn(1, 1, table.unpack(SIZE)) * 0.7, label = sample.label}
    end
    return samples
end

local training, test = volumes_of(TRAINING, 100 * options.seed), volumes_of(TEST, 100 * options.seed + 50)

local function unet(settings)
    local made = {channels = {1, 8, 8, 8, 8}}
    for name, value in pairs(settings or {}) do made[name] = value end
    return nn.UNet(made)
end

--- Trains for some epochs. `after(epoch)` is called at the end of each; `objective` makes of a loss what is minimised.
local function train(net, optimizer, epochs, rest)
    rest = rest or {}
    local step, steps = 0, epochs * #training
    local schedule = rest.schedule or optim.CosineDecay(steps + 1)
    for epoch = 1, epochs do
        for _, sample in ipairs(training) do
            step = step + 1
            if rest.sampled then optimizer:sample() end
            local loss = nn.functional.cross_entropy(net(sample.image), sample.label)
            if rest.objective then loss = rest.objective(loss, net, step) end
            optimizer:zero_grad()
            loss:backward()
            optimizer:step(schedule(step))
        end
        if rest.after then rest.after(epoch, step) end
    end
    return net
end

local function trained(settings)
    local net = unet(settings)
    return train(net, optim.Adam(net, {lr = 3e-3}), options.epochs)
end

--- Each method trains, and gives what `bayes.predict` takes and the number of its draws.
local methods = {
    {"one network", function() return trained() end},
    {"mean-field", function()
        local net = bayes.UNet{channels = {1, 8, 8, 8, 8}}
        local groups = {}
        for i, layers in ipairs(net.kernel_layers) do
            groups[i] = {name = "group" .. i, layers = layers, prior = prior.Normal({3, 3, 3}, {std = 0.1})}
        end
        bayes.start_posterior(net, {share = 0.1})
        bayes.set_mode(net, "train")
        local objective = bayes.Objective(bayes.PriorSet(groups), {volumes = TRAINING, voxels = VOXELS // TRAINING})
        return train(net, optim.Adam(net, {lr = 3e-3}), options.epochs, {objective = objective}), options.samples
    end},
    {"deep ensemble of 4", function()
        local networks = {}
        for i = 1, 4 do networks[i] = trained() end
        return bayes.Ensemble(networks)
    end},
    {"MC dropout", function() return bayes.MCDropout(trained{dropout = 0.1}), options.samples end},
    {"SWAG", function()
        local net = trained()
        local swag = bayes.SWAG(net)
        train(net, optim.SGD(net, {lr = 0.05}), math.max(options.epochs // 2, 3),
            {schedule = function() return 1 end, after = function() swag:collect() end})
        return swag, options.samples
    end},
    {"cyclical SGLD", function()
        local net, ensemble = trained(), bayes.Ensemble()
        local cycles = optim.CyclicalCosine(options.epochs * TRAINING // 4)
        train(net, optim.SGLD(net, VOXELS, {lr = 0.1}), options.epochs, {schedule = cycles, after = function(_, step)
            if cycles:ends_cycle(step) then ensemble:collect(net) end
        end})
        if #ensemble == 0 then ensemble:collect(net) end
        return ensemble
    end},
    {"last-layer Laplace", function()
        local net, images = trained(), {}
        for i, sample in ipairs(training) do images[i] = sample.image end
        return bayes.LastLayerLaplace(net, images), options.samples
    end},
    {"IVON", function()
        local net = unet()
        local optimizer = optim.IVON(net, VOXELS, {lr = 0.1, hess_init = 0.1, beta2 = 0.999})
        train(net, optimizer, options.epochs, {sampled = true})
        return bayes.IVONPosterior(net, optimizer), options.samples
    end},
}

print(("%-20s %8s %8s %8s %8s"):format("method", "NLL", "ECE", "Dice", "seconds"))
for _, method in ipairs(methods) do
    local name, fit = table.unpack(method)
    torch.manual_seed(options.seed)
    local start = os.time()
    local posterior, samples = fit()
    local seconds, probabilities, labels, nll = os.time() - start, {}, {}, 0
    for i, sample in ipairs(test) do
        local p = bayes.predict(posterior, sample.image, {samples = samples}).probability
        probabilities[i], labels[i] = p[{1, 2}], sample.label[1]
        nll = nll + nn.functional.cross_entropy(p:clamp(1e-7, 1):log(), sample.label):item() / TEST
    end
    local probability, label = torch.stack(probabilities), torch.stack(labels)
    print(("%-20s %8.4f %8.4f %8.3f %8d"):format(name, nll, volumes.calibration(probability, label).ece,
        volumes.dice(probability:gt(0.5), label), seconds))
end
