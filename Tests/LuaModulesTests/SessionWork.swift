import Foundation
import LuaBridge
import LuaModules
import Sessions

/// Something that a session does, to the same result each time.
struct SessionWork: Sendable {
    let name: String
    let run: @Sendable (Session) throws -> String

    /// A script, whose results are shown as `tostring` does.
    static func script(_ name: String, _ text: String) -> SessionWork {
        SessionWork(name: name) { session in
            try session.state.run(text, name: "=work").map { try session.state.text(of: $0) }.joined(separator: " ")
        }
    }

    static let all: [SessionWork] = [
        script(
            "tables",
            """
            local t = {}
            for i = 1, 40 do t[i] = {i, tostring(i) .. "x", [i % 3] = {}} end
            table.sort(t, function(a, b) return a[2] < b[2] end)
            local names = {}
            for i, v in ipairs(t) do names[i] = v[2] end
            table.move(names, 1, 20, 30)
            table.insert(names, 3, "new")
            return table.concat(names, ","), select("#", table.unpack(names))
            """),
        script(
            "strings",
            """
            local text = ("ab %d cd %5.2f "):rep(20, "|")
            local parts = {}
            for word in text:gmatch("%a+") do parts[#parts + 1] = word:upper() end
            local s = text:gsub("%%", function(c) return c .. c end):format()
            return #s, #table.concat(parts), string.pack("s4i8", text, 3):byte(1, 4), text:reverse():find("ba", 1, true)
            """),
        script(
            "coroutines",
            """
            local co = coroutine.wrap(function(...)
                local sum = 0
                for i = 1, 20 do sum = sum + (coroutine.yield(i) or 0) end
                return sum
            end)
            local seen = 0
            for i = 1, 20 do seen = seen + co(i) end
            local inner = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() end})
                coroutine.yield(1) end)
            assert(coroutine.resume(inner)) assert(coroutine.close(inner))
            return seen, co()
            """),
        script(
            "errors",
            """
            local function call(f, ...)
                local ok, e = pcall(f, ...)
                if not ok and tostring(e):find("memory") then error(e, 0) end
                return ok, e
            end
            local _, a = call(error, {code = 1})
            local _, b = call(function() local t = nil; return t.x end)
            local c = {xpcall(error, function(m) error(m .. "!", 0) end, "in handler")}
            if tostring(c[2]):find("memory") then error(c[2], 0) end
            local _, d = call(function() return call(error, "deep") and error("again", 0) end)
            return a.code, b, c[1], d
            """),
        script(
            "metatables",
            """
            local count = 0
            local meta = {__gc = function() count = count + 1 end, __index = function(t, k) return k end}
            local weak = setmetatable({}, {__mode = "k"})
            for i = 1, 20 do weak[setmetatable({}, meta)] = i end
            assert(meta.__gc)
            local t = setmetatable({}, meta)
            return t.name, type(meta.__gc), assert(load("return ...", "=l"))(3), require("lunette.torch") == torch
            """),
        script(
            "tensors",
            """
            torch.manual_seed(1)
            local x = torch.randn(3, 4)
            x[{1, 2}] = 5
            local y = torch.cat({x[1]:unsqueeze(1), x[{{2, 3}}]}) * 2 + x:t():t()
            local values, places = y:max(2)
            return y, #y:tolist(), values:sum():item(), places, torch.einsum("ij,kj->ik", x, x).shape[1]
            """),
        script(
            "gradients",
            """
            torch.manual_seed(1)
            local w = torch.randn(4, 4, {requires_grad = true})
            local loss = (torch.ones(2, 4):matmul(w):tanh() ^ 2):mean()
            loss:backward()
            return w.grad, torch.no_grad(function() return (w * 2):sum():item() end)
            """),
        script(
            "U-Net",
            """
            torch.manual_seed(1)
            local net = bayes.UNet{channels = {1, 2, 2, 2, 2}}
            bayes.set_mode(net, "train")
            local optimizer, loss = optim.Adam(net, {lr = 3e-3}), nn.SegmentationLoss()
            local value = loss(net(torch.randn(1, 1, 8, 8, 8)), torch.zeros(1, 8, 8, 8))
            optimizer:zero_grad() value:backward() optimizer:step()
            return value:item(), net:parameters()[1]:sum():item()
            """),
        script(
            "classes",
            """
            torch.manual_seed(1)
            local Flow = nn.class("Flow")
            function Flow:init(size) self.scale = nn.Parameter(torch.zeros(size)) self.net = nn.Linear(size, 2) end
            function Flow:forward(x) return x * self.scale:exp() + self.net(x):sum() end
            local flow = Flow(3)
            flow(torch.randn(5, 3)):mean():backward()
            return flow.scale.grad, #flow:parameters()
            """),
        script(
            "priors",
            """
            torch.manual_seed(1)
            local kernels = torch.randn(40, 2, 2)
            local own = {log_scale = torch.zeros(1, {requires_grad = true})}
            function own:log_prob(w) return dist.Normal(0, self.log_scale:exp()):log_prob(w):flatten(2):sum(2) end
            local fitted = prior.fit(own, kernels, {epochs = 2, batch_size = 20})
            local p = prior.FullCovariance(kernels)
            return p, p:log_prob(kernels):mean():item(), own.log_scale
            """),
        script(
            "figures",
            """
            torch.manual_seed(1)
            local path = folder .. "/figure.svg"
            local curves = plot.curves({loss = {3, 2, 1}, other = {1, 2}}, {x = "step", y = "loss", file = path})
            return curves, plot.histogram({a = torch.randn(50)})
            """),
        script(
            "files",
            """
            local path = folder .. "/tensors.safetensors"
            torch.save({a = torch.ones(3, 3), b = torch.arange(4)}, path)
            local back = torch.load(path)
            local net = nn.Linear(2, 3)
            net:save(folder .. "/net.safetensors", {notes = {size = "small"}})
            torch.arange(6):save(folder .. "/a.npy")
            local file <close> = assert(io.open(folder .. "/text", "w"))
            file:write("one\\n", "two\\n") file:flush()
            local lines = 0
            for line in io.lines(folder .. "/text") do lines = lines + 1 end
            return back.a:sum():item(), back.b, nn.load(folder .. "/net.safetensors").num_parameters, lines,
                torch.load(folder .. "/a.npy")
            """),
        script(
            "volumes",
            """
            local scan, truth = volumes.phantom{kind = "tumour", seed = 1, size = {12, 12, 12}}
            local sample = volumes.prepare(scan, truth)
            return scan, sample.image:mean():item(), volumes.dice(truth, truth)
            """),
        SessionWork(name: "a cell") { session in
            guard
                let bundle = try session.runCell(
                    "local x = torch.arange(4)\nfunction f() return x end\nf() * 2", name: "cell 1")
            else { throw LuaError(message: "no result") }
            return "\(bundle)"
        },
        SessionWork(name: "an entry") { session in
            switch session.workspace.read("y = {1, 'two', z = {3, torch.zeros(2)}} return y", name: "entry 1") {
            case .complete(let entry): try ValueText(session.state).text(session.workspace.run(entry))
            case .wrong(let error): throw error
            case .incomplete: throw LuaError(message: "incomplete")
            }
        },
        SessionWork(name: "an expression") { session in
            switch session.workspace.read("math.max(3, 4)", name: "entry 2") {
            case .complete(let entry): try ValueText(session.state).text(session.workspace.run(entry))
            case .wrong(let error): throw error
            case .incomplete: throw LuaError(message: "incomplete")
            }
        },
        SessionWork(name: "completion") { session in
            let completer = Completer(session.workspace)
            return "\(completer.complete("torch.ra").candidates) \(completer.complete("nn.UNet{ch").candidates)"
        },
        SessionWork(name: "help") { session in
            let value = try session.state.run("return nn.UNet")[0]
            return try session.state.help(on: value) + session.state.help(on: .string("Tensor:sum"))
        },
        SessionWork(name: "variables") { session in
            try session.workspace.variables().map(\.name).joined(separator: " ")
        },
    ]
}
