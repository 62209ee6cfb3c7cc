-- What the priors say of kernels that none of them has seen: their log densities, in nats a kernel.

local lists = require "study.lists"
local Methods = require "study.methods"
local Trials = require "study.trials"
local laboratory = prior

local densities = {}

-- Kernels of a group that a density is taken at, and codes a kernel where it is a bound.
local most, codes = 500, 100

--- The names of the priors over kernels that take part; that of the source's weights is one of places.
function densities.names(config)
    local names = {}
    for _, method in ipairs(Trials.methods(config)) do
        local name = Methods.named(method).prior
        if name and name ~= "source_posterior" then names[#names + 1] = name end
    end
    return lists.unique(names)
end

--- The mean log density of a set of priors over the kernels of the source network that they have not seen; each group
--- counts by its kernels.
local function measure(priors, set)
    local sum, kernels, is_bound = 0, 0, false
    for group in ipairs(priors.groups) do
        local held_out = priors:held_out(group)
        local count = held_out:size(1)
        local order = torch.randperm(count)[{{1, math.min(count, most)}}]
        -- What is said of kernels that priors were fitted to is not asked for: two of them will do.
        local found = laboratory.compare(priors:kernels(group).learnt[{{1, 2}}], {found = set:prior("group " .. group)},
            {test = held_out:index_select(1, order), fit = false, samples = codes})
        local row = found.rows[1]
        sum, kernels, is_bound = sum + count * row.held_out, kernels + count, is_bound or row.samples ~= nil
    end
    return {log_prob = sum / kernels, is_bound = is_bound}
end

--- Adds a job to `plan` for each prior: `density/vae`, ...
function densities.add(config, priors, plan)
    plan:barrier()
    for _, name in ipairs(densities.names(config)) do
        plan:add{name = "density/" .. name, kind = "density", cost = 1,
            run = function() return measure(priors, priors:set(name, config)) end}
    end
end

--- What was found: a list of {name, log_prob, is_bound}.
function densities.rows(config, plan)
    local rows = {}
    for i, name in ipairs(densities.names(config)) do
        rows[i] = lists.merged(plan:result("density/" .. name), {name = name})
    end
    return rows
end

return densities
