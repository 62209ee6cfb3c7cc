-- A training whose loss is not finite at a step: an error, or it goes on from its last good state. The script's arguments
-- are the folder of the scripts and that of the study.

local scripts, folder = ...
package.path = scripts .. "/?.lua;" .. package.path
local configuration, training = require "study.configuration", require "study.training"

local said = {}
io.stderr = {write = function(_, text) said[#said + 1] = text end}

--- Trains a small network for 60 steps, whose loss is infinite at some; stops without notice at the step `leaves`, if given.
local function train(name, on_nonfinite, bad, leaves)
    local config = configuration.make("smoke", {"checkpoint_seconds=0", ("on_nonfinite=%q"):format(on_nonfinite)})
    local runs <close> = study.open(folder .. "/" .. name, {config = {bad = bad}, seed = 1})
    return runs:job("training", {}, function(job)
        torch.manual_seed(1)
        local network = nn.UNet{channels = {1, 1, 1, 1, 1}}
        local images = {{image = torch.randn(1, 1, 8, 8, 8), label = torch.zeros(1, 8, 8, 8),
            spacing = {1, 1, 1}}}
        local encoders = {torch.zeros(2, {requires_grad = true})}
        local optimizer = optim.Adam({{params = network:parameters()}, {params = encoders}}, {lr = 1e-2})
        local seen = {}
        local record = training.run(job, network, images, config, {steps = 60, optimizer = optimizer, keep = {encoders = encoders},
            schedule = function() return 1 end,
            objective = function(value, _, step)
                if step == leaves then error("left") end
                seen[step] = torch.cat{network:parameters()[1]:detach():flatten(), encoders[1]:detach()}
                value = value + (encoders[1] - 1):square():sum()
                for _, number in ipairs(bad) do if step == number then value = value / 0 end end
                return value, {}
            end})
        return {losses = record.losses, restored = record.restored, seen = seen}
    end)
end

local fine, message = pcall(train, "stop", "stop", {30})
assert(not fine and message:find("step 30: the loss is inf; %-%-check%-numerics", 1), message)

local whole = train("whole", "restore", {30, 40})
assert(#whole.restored == 2 and whole.restored[1] == 30 and whole.restored[2] == 40)
assert(said[1] == "step 30: the loss is inf; goes on from the state of step 26, at 0.5 of the rates\n", said[1])
assert(said[2]:find("goes on from the state of step 26, at 0.25 of the rates", 1, true), said[2])
assert(whole.seen[31]:equal(whole.seen[26]) and whole.seen[41]:equal(whole.seen[26]))
assert(not whole.seen[42]:equal(whole.seen[32]), "rates are lower")
for step, loss in ipairs(whole.losses) do assert(math.abs(loss) < math.huge or step == 30 or step == 40, step) end

-- What was stopped goes on to the same bits, before the bad step or behind it.
for _, leaves in ipairs{28, 35} do
    local name = "left-" .. leaves
    assert(not pcall(train, name, "restore", {30, 40}, leaves))
    local again = train(name, "restore", {30, 40})
    assert(again.seen[60]:equal(whole.seen[60]), name)
end

fine, message = pcall(train, "often", "restore", {30, 31, 32, 33})
assert(not fine and message:find("step 33: the loss is inf again, after the training went back"), message)
fine, message = pcall(train, "first", "restore", {1})
assert(not fine and message:find("step 1: the loss is inf, and no state before it is good"), message)
return "done"
