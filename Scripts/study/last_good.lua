-- The last state of a training from which its loss was finite, to go on from where it no longer is.

local LastGood = {}
LastGood.__index = LastGood

-- Steps between two states that are kept, and how often a training may go back.
local interval, most = 25, 3

--- A value of a state with copies of its tensors.
local function copied(value)
    if torch.is_tensor(value) then return value:detach():clone() end
    if type(value) ~= "table" then return value end
    local copy = {}
    for key, part in pairs(value) do copy[key] = copied(part) end
    return copy
end

--- What is kept for the objects of a training, by name: modules, optimizers, and tables of tensors. `state` is what a
--- checkpoint keeps of it.
function LastGood.new(objects)
    return setmetatable({objects = objects, state = {steps = {}}}, LastGood)
end

--- Whether the state before a step is to be kept.
function LastGood:is_due(step) return not self.state.step or step >= self.state.step + interval end

--- Keeps the state before `step`, whose loss is finite.
function LastGood:keep(step)
    local parts = {}
    for name, object in pairs(self.objects) do
        parts[name] = copied(type(object) == "table" and object or object:state_dict())
    end
    self.state.step, self.state.parts = step, parts
end

--- Brings everything back to the last state that was kept, since the loss of `step` is not finite; false where there is
--- none, or this was done too often before.
function LastGood:restore(step)
    local state = self.state
    if not state.parts or #state.steps == most then return false end
    state.steps[#state.steps + 1] = step
    for name, object in pairs(self.objects) do
        if type(object) == "table" then
            torch.no_grad(function()
                for key, tensor in pairs(object) do tensor:copy_(state.parts[name][key]) end
            end)
        else
            object:load_state_dict(state.parts[name])
        end
    end
    return true
end

--- What learning rates are multiplied by: half for each time that the training went back.
function LastGood:rate() return 0.5 ^ #self.state.steps end

return LastGood
