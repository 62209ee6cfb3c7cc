import Foundation
import Layers
import LuaBridge
import LuaModules
import Support
import Synchronization
import Tensors
import Testing

/// What becomes of modules of classes: in files, inference and checkpoints, and where they are no longer needed.
@Suite struct ClassLifeTests {
    /// Depth and number of modules are bounded where a network grows, at whichever end.
    @Test(arguments: [
        "for i = 1, 100 do local n = C() n.part = m m = n end",
        "for i = 1, 100 do local n = C() m.part = n m = n end",
        "for i = 1, 100 do local n = C() m.part = nn.Sequential(nn.Sequential(n)) m = n end",
        "for i = 1, 30 do local n = C() n.a, n.b = m, m m = n end",
        "for i = 1, 20 do local n = C() m.a, m.b = n, n m = n end "
            + "local s = nn.ReLU() for i = 1, 100 do m['p' .. i] = s end",
        "local l = nn.ModuleList() for i = 1, 100 do l = nn.ModuleList(l) end",
        "local l = nn.ModuleList() for i = 1, 100 do local n = nn.ModuleList() l:append(n) l = n end",
    ])
    func networksAreBounded(_ loop: String) throws {
        let text = try Transcript.run("local C = nn.class('C') local m = C() local top = m \(loop)")
        #expect(text.contains("expected at most 32 levels of modules") || text.contains("is more than 100000"))
    }

    @Test(arguments: [
        ("3", "3"), ("2.0", "2.0"), ("'a b'", "\"a b\""), ("true, nil, 0.5", "true, nil, 0.5"),
        ("{1, {2}}, {a = {}}", "{1, {2}}, {a = {}}"),
    ])
    func modulesAreMadeAgain(_ arguments: String, _ text: String) throws {
        try Transcript(
            "local C, path = nn.class('C'), os.tmpname() function C:init(...) self.given = table.pack(...) "
                + "self.w = nn.Parameter(torch.randn(4)) self:register_buffer('b', torch.randn(2)) end "
                + "function C:forward(x) return x end "
                + "local net = nn.Sequential(nn.ModuleList(C(\(arguments)))) net:save(path) "
                + "local again = nn.load(path) local a, b = net[1][1], again[1][1] os.remove(path) "
                + "local function show(v) "
                + "if type(v) ~= 'table' then return (math.type(v) or type(v)) .. tostring(v) end "
                + "local t = {} for k, e in pairs(v) do t[#t + 1] = tostring(k) .. show(e) end table.sort(t) "
                + "return '{' .. table.concat(t, ',') .. '}' end "
                + "return tostring(torch.equal(a.w, b.w) and torch.equal(a.b, b.b) and show(a.given) == show(b.given)) "
                + ".. tostring(b):match('^[^\\n%[]*')",
            "trueC(\(text))  "
        ).check()
    }

    @Test func modulesThatCannotBeMadeAgainSaySo() throws {
        let save = ClassTests.flow + "local path = os.tmpname() flow:save(path) "
        let path = try Transcript.run(save + "return path")
        #expect(
            try Transcript.run("nn.load('\(path)')")
                == "test:1: \(path): load: class is 'Flow' (expected a class of this session: run the code that "
                + "defines it, nn.class('Flow'), before)")
        #expect(try Transcript.run(ClassTests.flow + "return #bayes.load('\(path)'):parameters()") == "3")
        let given = "local C = nn.class('C') function C:init(f) self.w = nn.Parameter(f(2)) end local p = os.tmpname() "
        #expect(
            try Transcript.run(given + "local m = C(torch.zeros) m:save(p) p = select(2, pcall(nn.load, p)) return p")
                .hasSuffix(
                    "load: arguments of C is not in the file (expected numbers, strings, booleans or tables of them; "
                        + "make the module by C(...), and use its load_state_dict with this file)"))
        #expect(
            try Transcript.run(
                given + "C(torch.zeros):save(p) local m = C(torch.ones) m:load_state_dict(p) return m.w:sum():item()")
                == "0.0")
    }

    @Test(arguments: [
        Transcript(
            "local net = Net() bayes.start_posterior(net, {mean_std = 0.1}) bayes.set_mode(net, 'train') "
                + "local priors = bayes.PriorSet{{name = 'all', layers = {'conv'}, "
                + "prior = bayes.NormalPrior{3, 3, 3}}} "
                + "local objective = bayes.Objective(priors, {volumes = 1}) "
                + "local total = objective(net(x):mean(), net, 1) total:backward() "
                + "return net.bayesian_layers[1] .. tostring(net.conv.log_variance.grad ~= nil)", "convtrue"),
        Transcript(
            "local net = Net() return bayes.predict(net, x, {samples = 2, window = {4, 4, 4}}).std:size(2)", "2"),
        Transcript("local net = Net() return #bayes.KernelBank({{net}, {Net()}}, {'conv'})", "4"),
        Transcript("local net = Net() return volumes.sliding_window(x, net, {window = {4, 4, 4}}):size(2)", "2"),
        Transcript(
            "local net = Net() net.forward = function(self, x) error('no') end bayes.predict(nn.Sequential(net), x)",
            "test:1: no in 0"),
    ])
    func inferenceTakesModules(_ line: Transcript) throws {
        let net =
            "local Net = nn.class('Net') function Net:init() self.conv = bayes.Conv3d(1, 2, 3, {padding = 1}) end "
            + "function Net:forward(x) return self.conv(x) end local x = torch.rand(1, 1, 6, 6, 6) "
        try Transcript(net + line.code, line.expected).check()
    }

    @Test func checkpointsKeepModules() throws {
        func code(_ path: String, failingAt step: Int) -> String {
            ClassTests.flow + """
                local s = study.open('\(path)', {seed = 7})
                return s:job('a', function(job)
                    flow:register_buffer('steps', torch.zeros(1))
                    local optimizer = optim.Adam(flow, {lr = 0.1})
                    for step in job:steps(6, {network = flow, optimizer = optimizer}, {every_steps = 1}) do
                        optimizer:zero_grad()
                        flow(torch.randn(4, 3)):square():mean():backward()
                        if step == \(step) then error('killed') end
                        optimizer:step()
                        flow.steps:add_(1)
                    end
                    return ('%a %a'):format(flow.scale:sum():item(), flow.steps:item())
                end)
                """
        }
        let path = try Transcript.run("os.tmpname() .. '-study'")
        let whole = try Transcript.run(code(path + "-whole", failingAt: 0))
        #expect(try Transcript.run(code(path, failingAt: 4)).hasSuffix("killed"))
        #expect(try Transcript.run(code(path, failingAt: 0)) == whole && whole.hasSuffix(" 0x1.8p+2"))
    }

    /// Swift code may call a module on another thread; a Lua state cannot run there.
    @Test func modulesRunOnTheThreadOfTheirState() throws {
        let lua = try Transcript.newSession()
        guard case .other(let reference)? = try lua.run(ClassTests.flow + "return flow").first else {
            Issue.record("a module was expected")
            return
        }
        nonisolated(unsafe) let layer = try reference.value(as: LuaInstance<any Layer>.self).value
        nonisolated(unsafe) let input = try Tensor.ones([5, 3])
        #expect(try layer(input).shape == [5, 3])
        let text = Mutex("")
        let done = DispatchSemaphore(value: 0)
        Thread {
            do { _ = try layer(input) } catch { text.withLock { $0 = "\(error)" } }
            done.signal()
        }.start()
        done.wait()
        #expect(
            text.withLock { $0 }
                == "Flow: forward is called on another thread (expected a call on the thread of the Lua session)")
    }

    /// Modules that a script can no longer reach are freed, with all that they hold.
    @Test func modulesAreCollected() throws {
        try Transcript(
            ClassTests.flow + "local alive = setmetatable({}, {__mode = 'k'}) "
                + "for i = 1, 1000 do local m = Flow(3) m.inner, m.list = Flow(3), nn.ModuleList(Flow(3)) "
                + "m.table, m.inner.text = {m.inner}, 'x' alive[m] = true alive[m.inner] = true m(x) end "
                + "for i = 1, 3 do collectgarbage() end local n = 0 for _ in pairs(alive) do n = n + 1 end return n",
            "0"
        ).check()
    }

    /// What the modules held is given back, as their tensors show; in a process of its own, which has no others.
    @Test func parametersAreFreed() async {
        await #expect(processExitsWith: .success) {
            let lua = try Transcript.newSession()
            let code =
                ClassTests.flow + "return function() for i = 1, 1000 do local m = Flow(3) "
                + "m.part = nn.Sequential(Flow(3)) m.large = nn.Parameter(torch.zeros(1000)) m(x) end "
                + "for i = 1, 3 do collectgarbage() end end"
            let values = try lua.call(lua.load(code, name: "=test"))
            guard case .function(let makeModules)? = values.first else { exit(1) }
            try lua.call(makeModules)
            let before = MemoryLedger.liveBytes
            try lua.call(makeModules)
            guard MemoryLedger.liveBytes == before else { exit(2) }
        }
    }

    /// In a process of its own, to which the interrupt belongs.
    @Test func interruptsPass() async {
        await #expect(processExitsWith: .success) {
            let lua = try Transcript.newSession()
            let code =
                "local C = nn.class('C') function C:forward(x) stop() while true do end end "
                + "return pcall(nn.Sequential(C()), torch.ones(1))"
            try lua.setGlobal("stop", LuaFunction("stop", "Interrupts.") { Interrupt.request() })
            let error = #expect(throws: LuaError.self) { try lua.call(lua.load(code, name: "=test")) }
            guard error?.isInterrupt == true, !Interrupt.isRequested else { exit(1) }
            guard try lua.run("return 41").count == 1 else { exit(2) }
        }
    }
}
