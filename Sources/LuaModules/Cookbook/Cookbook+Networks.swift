extension Cookbook {
    static let networks = #"""
        ## Networks and training

        ### How to write a layer of my own, and check its gradient
        `nn.class` makes a class: `init` is `__init__`, and parameters and modules that are assigned to `self` are found by
        optimizers and files. A difference of two losses tells whether the gradient is right.

        ```lua
        torch.manual_seed(1)
        local Gate = nn.class("Gate")
        function Gate:init(channels)
            self.conv = nn.Conv3d(channels, channels, 3, {padding = 1})
            self.slope = nn.Parameter(torch.full({1}, 0.5))
        end
        function Gate:forward(x) return x * (self.conv(x) * self.slope):sigmoid() end
        local gate, x = Gate(2), torch.randn(1, 2, 4, 4, 4)
        local function loss() return gate(x):square():sum() end
        loss():backward()
        local function loss_at(slope) torch.no_grad(function() gate.slope:fill_(slope) end) return loss():item() end
        local difference = (loss_at(0.55) - loss_at(0.45)) / 0.1
        print(gate)
        print("by backward", gate.slope.grad:item(), "by difference", difference)
        assert(math.abs(gate.slope.grad:item() / difference - 1) < 0.01 and #gate:parameters() == 3)
        ```

        ### How to decay weights but no biases, with a rate that falls along a cosine
        The option `weight_decay` is that of PyTorch's `Adam`, not of `AdamW`, and groups have an `lr` of their own alone. So
        decay is a line before the step. On an input of 0 it is all that changes the weights, so that one sees what it does.

        ```lua
        local net, rate, decay, decayed, left = nn.Linear(3, 2), 0.1, 0.5, {}, 1
        for _, named in ipairs(net:named_parameters()) do
            if not named[1]:match("bias$") then decayed[#decayed + 1] = named[2] end
        end
        local optimizer, schedule = optim.Adam(net, {lr = rate}), optim.CosineDecay(30, {final = 0.01})
        local start = net.weight:detach():clone()
        for step = 1, 30 do
            local loss, kept = (net(torch.zeros(4, 3)) - 1):square():mean(), 1 - decay * rate * schedule(step)
            optimizer:zero_grad(); loss:backward()
            torch.no_grad(function() for _, weight in ipairs(decayed) do weight:mul_(kept) end end)
            optimizer:step(schedule(step))
            left = left * kept
        end
        print("rate at first", rate * schedule(1), "at last", rate * schedule(30), "left of the weights", left, net.bias)
        assert(net.weight:allclose(start * left, {rtol = 1e-4}) and net.bias:min():item() > 0.5)
        ```

        ### How to fine-tune a part of a network, and freeze the rest
        `freeze` takes names of parts, which `print(net)` shows, and sets `requires_grad`. An optimizer of the whole network
        leaves alone what gets no gradient. For other channels or classes than the network has, see `help(nn.adapt)`.

        ```lua
        torch.manual_seed(1)
        local net, before, changed = nn.UNet{channels = {1, 4, 4, 4, 4}}, {}, {}
        net:freeze(nil, {except = {"up3", "out"}})               -- or net:freeze{"init_conv", "down1"}
        for name, tensor in pairs(net:state_dict()) do before[name] = tensor:detach():clone() end
        local optimizer = optim.Adam(net, {lr = 1e-2})
        local loss = nn.functional.cross_entropy(net(torch.randn(1, 1, 8, 8, 8)), torch.ones(1, 8, 8, 8))
        optimizer:zero_grad(); loss:backward(); optimizer:step()
        for name, tensor in pairs(net:state_dict()) do
            if not tensor:equal(before[name]) then changed[#changed + 1] = name end
        end
        table.sort(changed)
        print(("%d of %d tensors were trained:"):format(#changed, #net:parameters()), table.concat(changed, ", "))
        assert(#changed == 4 and changed[1] == "out.weight" and changed[2] == "up3.conv_1.conv.2.weight")
        ```

        ### How to go on after a crash, to the same bits
        A loop of `job:steps` keeps the network, the optimizer and the random numbers, here every 5 steps. Started again, the
        same code goes on from there. A job that is done is not done again: it gives its result.

        ```lua
        local crash = 13
        local function train(job)
            local net = nn.Linear(3, 1)
            local optimizer = optim.Adam(net, {lr = 0.1})
            for step in job:steps(20, {net = net, optimizer = optimizer}, {every_steps = 5}) do
                if step == crash then crash = nil; error("no power") end
                local loss = (net(torch.randn(8, 3)) - 1):square():mean()
                optimizer:zero_grad(); loss:backward(); optimizer:step()
                io.write(step, " ")                              -- 1 to 12, then 11 to 20: step 10 was kept
            end
            return {weight = net.weight}
        end
        local crashed, whole = study.open(os.tmpname() .. "-a", {seed = 1}), study.open(os.tmpname() .. "-b", {seed = 1})
        print(pcall(crashed.job, crashed, "train", train))
        assert(crashed:job("train", train).weight:equal(whole:job("train", train).weight) and not crash)
        ```

        ### How to stop early, and keep the best weights
        The best network so far is kept in a file. `state_dict` would not do as a copy: its tensors are the network's own.

        ```lua
        torch.manual_seed(1)
        local x, best, path = torch.randn(60, 8), {loss = math.huge}, os.tmpname()
        local y = x[{{}, {1, 1}}] + torch.randn(60, 1)           -- one column, still 60x1
        local net = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 1))
        local optimizer = optim.Adam(net, {lr = 1e-2})
        local function loss(first, last) return (net(x[{{first, last}}]) - y[{{first, last}}]):square():mean() end
        for epoch = 1, 200 do
            local training, held_out = loss(1, 30), loss(31, 60):item()
            if held_out < best.loss then best = {loss = held_out, epoch = epoch}; net:save(path) end
            if epoch == best.epoch + 20 then print("stopped at", epoch, "best", best.epoch, best.loss); break end
            optimizer:zero_grad(); training:backward(); optimizer:step()
        end
        net:load_state_dict(path)
        os.remove(path)
        assert(math.abs(loss(31, 60):item() - best.loss) < 1e-6 and best.epoch > 1 and best.epoch < 180)
        ```

        ### How to find where a NaN comes from
        `clip_grad_norm` refuses gradients that are not finite and names a parameter, as `nn.SegmentationLoss` refuses such a
        loss. The layers of a `Sequential` are called one by one until a result is not finite.

        ```lua
        torch.manual_seed(1)
        local Log = nn.class("Log")
        function Log:forward(x) return x:log() end               -- -inf of 0
        local net, x, culprit = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), Log(), nn.Linear(4, 1)), torch.randn(5, 3), nil
        local optimizer, value = optim.Adam(net), x
        net(x):mean():backward()
        local fits, message = pcall(optimizer.clip_grad_norm, optimizer, 1)
        print(message)
        for i = 1, #net do
            value = net[i](value)
            if not culprit and not value:isfinite():all() then culprit = i end
        end
        print("the first layer that gives no finite numbers", culprit, net[culprit])
        assert(not fits and culprit == 3 and x:isfinite():all())
        ```

        """#
}
