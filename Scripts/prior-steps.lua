-- What a prior of ten lines costs in a training step, beside the built-in one of the same formula.
--
--   lunette Scripts/prior-steps.lua [--side 64] [--rounds 4]
--
-- Each row is a step of the full Bayesian U-Net on a volume of side^3 with all its 184,336 kernels under the prior: the
-- best of several rounds, in which both are run in turns. The prior's part is the bound and its gradients alone.

local here = arg[0]:match("^(.*)/") or "."
package.path = here .. "/?.lua;" .. package.path

local argparse = require "argparse"
local command = require "study.command"

local parser = argparse("prior-steps.lua", "Times priors of ten lines beside the built-in ones.")
command.integer(parser, "--side", "voxels along each axis of the volume", "64")
command.integer(parser, "--rounds", "rounds, in which all are run in turns", "4")
local options = parser:parse(arg)

-- Kernels with correlations, as trained ones have them, and what the densities of the scripts are made of.
local kernels = (torch.randn(2000, 27):matmul(torch.randn(27, 27)) * 0.02):reshape(2000, 3, 3, 3)
local flat, middle = kernels:flatten(2), torch.zeros(27)
local factor = torch.linalg.cholesky(flat:transpose(1, 2):matmul(flat) / flat:size(1) + torch.eye(27) * 1e-4)

--- A prior of a script, by the log density of flat kernels.
local function scripted(density) return {log_prob = function(_, w) return density(w:flatten(2)) end} end

-- The names of priors, the built-in ones, and the same formulas as a script writes them.
local pairs_of_priors = {
    {"N(0, sigma)", bayes.NormalPrior({3, 3, 3}, {std = 0.1}),
        scripted(function(w) return dist.Normal(0, 0.1):log_prob(w):sum(2) end)},
    {"scale mixture", prior.ScaleMixture(kernels), scripted(function(w)
        return dist.Mixture({0.5, 0.5}, dist.Normal({0, 0}, {0.1, 0.01})):log_prob(w):sum(2)
    end)},
    {"multivariate t", prior.MultivariateT(kernels),
        scripted(function(w) return dist.MultivariateStudentT(5, middle, factor):log_prob(w) end)},
    {"full covariance", bayes.FullCovariance(kernels), scripted(function(w)
        return dist.MultivariateNormal(middle, nil, {scale_tril = factor}):log_prob(w)
    end)},
}

--- The seconds of a step with a prior, and of the prior's part in it.
local function seconds(one)
    local network, groups, side = bayes.UNet{variant = "full"}, {}, options.side
    bayes.set_mode(network, "train")
    for group, layers in ipairs(network.kernel_layers) do
        groups[group] = {name = "group " .. group, layers = layers, prior = one}
    end
    local objective = bayes.Objective(bayes.PriorSet(groups), {volumes = 5, voxels = side * side * side})
    local optimizer, loss = optim.Adam(network, {lr = 1e-3}), nn.SegmentationLoss()
    local image, label = torch.randn(1, 1, side, side, side), torch.randn(1, side, side, side):gt(1)
    local function step(with_prior)
        local start = progress.clock()
        local value = loss(network(image), label)
        if with_prior then value = objective(value, network, 1) end
        optimizer:zero_grad()
        value:backward()
        optimizer:step()
        return progress.clock() - start
    end
    step(true)
    local whole = step(true)
    return whole, whole - step(false)
end

print(("%-18s %12s %12s %7s %26s"):format("prior", "built in (s)", "script (s)", "ratio", "ratio of the prior's part"))
for _, row in ipairs(pairs_of_priors) do
    local whole, part = {math.huge, math.huge}, {math.huge, math.huge}
    for _ = 1, options.rounds do
        for i = 1, 2 do
            local time, of_prior = seconds(row[1 + i])
            whole[i], part[i] = math.min(whole[i], time), math.min(part[i], of_prior)
        end
    end
    print(("%-18s %12.3f %12.3f %7.2f %26.2f"):format(row[1], whole[1], whole[2], whole[2] / whole[1],
        part[2] / part[1]))
end
