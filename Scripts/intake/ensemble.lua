-- Networks that predict together: plain ones, with posteriors, or both.

local command = require "study.command"

local Ensemble = {}
Ensemble.__index = Ensemble

-- The most voxels that a network takes at once unless a window is given.
local most_voxels = 4000000

--- The recipe that a network's notes hold; of networks from before there were recipes, one of their resolution.
local function recipe_of(path)
    local notes = nn.notes(path)
    if notes.recipe then
        local fits, recipe = command.try(volumes.recipe, notes.recipe)
        if not fits then error(("%s: %s"):format(path, recipe), 0) end
        return recipe, notes
    end
    print(("%s has no recipe: it is taken for a network of one sequence and one class, at %s times the scans' resolution")
        :format(path, notes.resolution or "1"))
    local text = ('{"format": 1, "version": "before recipes", "sequences": ["image"], "scheme": {"classes": '
        .. '[{"name": "foreground", "labels": null}]}, "orientation": null, "spacing": null, "factor": %s, "crop": true, '
        .. '"margin": 0, "multiple": 8, "intensity": "z-score of the brain", "training": null}'):format(
        notes.resolution or "1")
    return volumes.recipe(text), notes
end

--- Throws where a network does not take the recipe's sequences, or does not answer what it says.
local function require_fit(network, recipe, path)
    local fits, answer = command.try(network, torch.zeros(1, #recipe.sequences, 16, 16, 16))
    if not fits then error(("%s: the network does not fit its recipe: %s"):format(path, answer), 0) end
    if answer:size(2) ~= recipe.outputs then
        error(("%s: the network has %d outputs, and its recipe %d"):format(path, answer:size(2), recipe.outputs), 0)
    end
    if not answer:isfinite():all() then error(("%s: the network answers NaN"):format(path), 0) end
end

--- What a recipe says as a text, with the labels of its classes or regions.
local function text_of(recipe)
    local parts = {}
    for i, target in ipairs(recipe.targets or {}) do parts[i] = target[1] .. "=" .. table.concat(target[2], "+") end
    return ("%s%s"):format(tostring(recipe), #parts > 0 and " of labels " .. table.concat(parts, ",") or "")
end

--- The networks of files, which must have one recipe but for what their trainings looked like.
function Ensemble.load(paths, options)
    local self = setmetatable({members = {}, paths = paths, options = options}, Ensemble)
    for i, path in ipairs(paths) do
        for k = 1, i - 1 do
            if paths[k] == path then error(("%s: the same network twice"):format(path), 0) end
        end
        local network = bayes.load(path)
        network:eval()
        local recipe, notes = recipe_of(path)
        if i == 1 then
            self.recipe, self.notes = recipe, notes
        elseif text_of(recipe) ~= text_of(self.recipe) then
            error(("%s: its recipe differs from that of %s: %s, not %s"):format(path, paths[1], text_of(recipe),
                text_of(self.recipe)), 0)
        end
        torch.no_grad(function() require_fit(network, recipe, path) end)
        self.members[i] = network
        self.draws = self.draws or #network.bayesian_layers > 0
    end
    return self
end

--- Whether there is disagreement: between several networks, or draws of one with a posterior.
function Ensemble:has_disagreement() return #self.members > 1 or self.draws end

--- Keeps a text in the notes of the first network's file.
function Ensemble:note(name, text)
    self.notes[name] = text
    self.members[1]:save(self.paths[1], {notes = self.notes})
end

--- The entropy of probabilities, outputs along dimension 2; of regions the mean of those of each.
local function entropy(probability, regions)
    local function term(p) return p * p:clamp(1e-30, 1):log() end
    if regions then return -(term(probability) + term(1 - probability)):mean(2, {keepdim = true}) end
    return -term(probability):sum(2, {keepdim = true})
end

--- Probability, entropy and disagreement of all networks together for the image of a sample.
---
--- The entropy of the mean is what is unsure in all; the mean of the entropies of single draws what each network is
--- unsure of, and their difference is disagreement: mutual information of class and network.
function Ensemble:predict(sample)
    local options, image = self.options, sample.image
    local voxels = image:size(3) * image:size(4) * image:size(5)
    local side, window = options.window or (voxels > most_voxels and 128 or nil), nil
    if side then
        window = {}
        for dim = 1, 3 do window[dim] = math.min(side, image:size(dim + 2)) end
    end
    local settings = {regions = self.recipe.regions, flips = options.flips or nil, window = window,
        overlap = side and options.overlap or nil, std = false}
    local total, own
    for _, network in ipairs(self.members) do
        -- A plain network has no posterior to draw from.
        settings.samples = #network.bayesian_layers > 0 and options.samples or nil
        local found = bayes.predict(network, image, settings)
        local each = found.entropy - found.mutual_information
        total = total and total + found.probability or found.probability
        own = own and own + each or each
        collectgarbage()
    end
    local mean = total / #self.members
    local whole = entropy(mean, self.recipe.regions)
    return {probability = mean, entropy = whole, mutual_information = (whole - own / #self.members):clamp(0)}
end

return Ensemble
