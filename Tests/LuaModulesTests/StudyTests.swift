import Testing

/// Studies, jobs and their checkpoints, from Lua.
@Suite struct StudyTests {
    private static let open = "local path = os.tmpname() .. '-study' local s = study.open(path, {seed = 3}) "

    @Test(arguments: [
        Transcript(
            open
                + "local r = s:job('a', function() return {i = 2, f = 2.0, inf = 1 / 0, text = 'x\\255', list = {1, {2}}, "
                + "t = torch.arange(3), [7] = true} end) "
                + "return math.type(r.i) .. math.type(r.f) .. r.inf .. #r.text .. r.list[2][1] .. r.t:sum():item() .. "
                + "tostring(r[7])", "integerfloatinf226.0true"),
        Transcript(
            open + "local n = 0 local function body() n = n + 1 return n end "
                + "return s:job('a', body) .. s:job('a', body) .. s:job('b', body) .. n", "1122"),
        Transcript(open + "return tostring(s:job('a', function() end))", "nil"),
        // A network's tensors come back as tensors without a history.
        Transcript(
            open + "local r = s:job('a', function() return nn.Linear(2, 3):state_dict() end) "
                + "return tostring(r.weight.requires_grad) .. r.weight:size(1)", "false3"),
        // The random numbers of a job depend on seed and name alone, and those after it not on the job.
        Transcript(
            open + "local function draw() return torch.rand(1):item() end torch.manual_seed(5) "
                + "local a, after = s:job('a', draw), draw() s:close() "
                + "local again = study.open(path .. '2', {seed = 3}) torch.manual_seed(5) draw() "
                + "again:job('b', draw) local a2 = again:job('a', draw) torch.manual_seed(5) "
                + "local other = study.open(path .. '3', {seed = 4}):job('a', draw) "
                + "return tostring(a == a2 and after == draw() and other ~= a and study.result(path, 'a') == a)", "true"
        ),
        Transcript(
            open + "s:job('n/x', {n = 5}, function() return 1 end) s:job('n/y', function() return 2 end) "
                + "return table.concat(study.jobs(path), ' ') .. study.result(path, 'n/y') .. "
                + "tostring(study.result(path, 'z'))", "n/x n/y2nil"),
        Transcript("local s <close> = study.open(os.tmpname() .. '-study') return s.path:match('study')", "study"),
        // A job that failed is garbage by then, and does not hold the folder.
        Transcript(
            "local path = os.tmpname() .. '-study' local function work() local s <close> = study.open(path) "
                + "s:job('a', function(job) for step in job:steps(3, {}) do error('failed', 0) end end) end "
                + "return (select(2, pcall(work))) .. ' ' .. select(2, pcall(work))", "failed failed"),
        Transcript(
            "local path = os.tmpname() .. '-study' do local s <close> = study.open(path) end "
                + "return tostring(study.open(path).path == path)", "true"),
        // In a shared study a job is one's at a time; others are told whose, and get the result when it is there.
        Transcript(
            "local path = os.tmpname() .. '-study' local function open() return study.open(path, {shared = true}) end "
                + "local a, b = open(), open() local r = a:job('x', function() local r, who = b:job('x', error) "
                + "return tostring(r) .. who:match('^process %d+ on .'):gsub('%d+ on .', '') end) "
                + "return r .. b:job('x', error) .. select('#', b:job('x', error))", "nilprocess nilprocess 1"),
        Transcript("tostring(#study.RandomSampler(4))", "4"),
        // Neither follows a link, nor opens a pipe.
        Transcript(
            "local path = os.tmpname() os.execute('ln -sf / ' .. path .. '-l; mkfifo ' .. path .. '-p') "
                + "return study.path_kind(path) .. study.path_kind(path .. '-l') .. study.path_kind(path .. '-p') .. "
                + "tostring(pcall(study.checksum, path .. '-p'))", "filelinkstreamfalse"),
        Transcript(
            "local path = os.tmpname() .. '.gz' local file = io.open(path, 'wb') file:write(('x'):rep(200000)) file:close() "
                + "local function sums() return study.checksum(path) .. study.checksum(path, {quick = true}) end "
                + "local before = sums() file = io.open(path, 'r+b') file:seek('end', -1) file:write('y') file:close() "
                + "return tostring(before == sums()) .. before:match('^%d+-')", "false200000-"),
        Transcript(
            "local o = optim.Adam(nn.Linear(2, 3), {weight_decay = 0.5}) local s = o:state_dict() s.weight_decay = 1.0 "
                + "o:load_state_dict(s) return s.kind .. o:state_dict().weight_decay .. #s.parameters", "Adam12"),
    ])
    func jobs(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            open + "s:job('../a', function() end)",
            "test:1: job '../a': no part that begins with '.' or ends with '.safetensors' expected in its name"),
        Transcript(
            open + "s:job('a', function() return {net = {nn.Linear(1, 1)}} end)",
            "test:1: bad result of job 'a' (nil, boolean, number, string, tensor or table of such expected, got Module at "
                + "'net[1]')"),
        Transcript(
            open + "s:job('a', function() return {print} end)",
            "test:1: bad result of job 'a' (nil, boolean, number, string, tensor or table of such expected, got function "
                + "at '[1]')"),
        Transcript(
            open + "s:job('a', function() return {[1.5] = 1} end)",
            "test:1: bad result of job 'a' (names or whole numbers expected as keys of the table '')"),
        Transcript(
            open + "local t = {} t.t = t s:job('a', function() return t end)",
            "test:1: bad result of job 'a' (tables more than 24 deep, or one that contains itself, at "
                + "'t.t.t.t.t.t.t.t.t.t.t.t.t.t.t.t.t.t.t.t.')"),
        Transcript(
            open + "s:job('a', {})",
            "test:1: bad argument #3 'body' to 'job' (one function expected, as the last argument)"),
        Transcript(open + "s:job('a', function() error('in the job', 0) end)", "in the job"),
        Transcript(
            open + "local kept s:job('a', function(job) kept = job end) kept:checkpoint(1)",
            "test:1: job 'a' has ended"),
        Transcript(
            open + "s:job('a', function(job) job:steps(3, {n = 1}) end)",
            "test:1: bad argument #2 'keep' to 'steps' (Module, Optimizer, KernelVAETraining, Generator, RandomSampler, "
                + "Tensor or table expected, got number in field 'n')"),
        Transcript(
            open + "s:job('a', function(job) local t = {nn.ReLU()} for _ in job:steps(1, {t = t}) do end end)",
            "test:1: 't' cannot be kept (nil, boolean, number, string, tensor or table of such expected, got Module at "
                + "'[1]')"),
        Transcript(
            open + "s:job('a', function(job) job:steps(1, {}) job:steps(1, {}) end)",
            "test:1: job 'a' has a loop of `steps`, which keeps its checkpoints"),
        Transcript(
            "study.RandomSampler(0)",
            "test:1: bad argument #1 'count' to 'RandomSampler' (1 or more expected, got 0)"),
        Transcript(
            "optim.Adam(nn.Linear(2, 3)):load_state_dict(optim.SGD(nn.Linear(2, 3)):state_dict())",
            "test:1: load: kind is 'SGD' (expected 'Adam')"),
        Transcript(
            "optim.Adam(nn.Linear(2, 3)):load_state_dict{}",
            "test:1: load_state_dict: state is missing (expected what state_dict gives)"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }

    /// A loop that fails at a step, and goes on when it is started again in a new session, against one that does not:
    /// all that can be kept is kept, and what is made before the loop draws what it drew at first.
    @Test(arguments: [1, 2, 5, 6, 9, 10], ["every_steps = 1", "every_steps = 4", "every = 0", "every = 30"])
    func loopsGoOn(_ failure: Int, _ interval: String) throws {
        func code(_ path: String, failingAt step: Int) -> String {
            """
            local s = study.open('\(path)', {seed = 7})
            local result = s:job('a/b', function(job)
                local network = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
                local optimizer, sampler = optim.Adam(network, {lr = 0.1}), study.RandomSampler(3)
                local own, mean, log = torch.Generator(4), torch.zeros(2), {losses = {}, sums = {torch.zeros(1)}}
                local sum = log.sums[1]
                for step, bar in job:steps(10, {network = network, optimizer = optimizer, sampler = sampler, own = own,
                    mean = mean, log = log}, {\(interval)}) do
                    local input = torch.randn(4, 2) * sampler:next() + torch.rand(2, {generator = own})
                    mean:add_(input:mean(1))
                    sum:add_(1)
                    local loss = (network(input) - input:sum(2, {keepdim = true})):square():mean()
                    optimizer:zero_grad()
                    loss:backward()
                    if step == \(step) then error('killed') end
                    optimizer:step(1 / step)
                    log.losses[step] = loss:item()
                    log['at' .. step] = torch.rand(1)
                end
                return {log = log, mean = mean, sum = sum, weights = network:state_dict(), last = torch.rand(1)}
            end)
            local texts = {result.sum:item(), result.log.sums[1]:item()}
            for i, loss in ipairs(result.log.losses) do texts[#texts + 1] = ('%a %a'):format(loss, result.log['at' .. i]:item()) end
            for _, name in ipairs{'0.weight', '0.bias', '2.weight', '2.bias'} do
                for _, x in ipairs(result.weights[name]:reshape(-1):totable()) do texts[#texts + 1] = ('%a'):format(x) end
            end
            texts[#texts + 1] = ('%a %a'):format(result.mean:sum():item(), result.last:item())
            return table.concat(texts, ' ')
            """
        }
        let path = try Transcript.run("os.tmpname() .. '-study'")
        let whole = try Transcript.run(code(path + "-whole", failingAt: 0))
        let failed = try Transcript.run(code(path, failingAt: failure))
        #expect(failed.hasSuffix("killed"))
        let resumed = try Transcript.run(code(path, failingAt: 0))
        #expect(whole.hasPrefix("10.0 10.0 "))
        #expect(resumed == whole)
    }

    @Test func statesGoOn() throws {
        let path = try Transcript.run("os.tmpname() .. '-study'")
        func code(_ path: String, failingAt step: Int) -> String {
            "local s = study.open('\(path)') return s:job('a', function(job) local first = torch.rand(1):item() "
                + "local state = job:state() or {done = 0, sum = torch.zeros(1)} "
                + "for i = state.done + 1, 5 do state.sum = state.sum + torch.rand(1) state.done = i job:checkpoint(state) "
                + "if i == \(step) then error('killed') end end return ('%a %a'):format(first, state.sum:item()) end)"
        }
        let whole = try Transcript.run(code(path + "-whole", failingAt: 0))
        #expect(try Transcript.run(code(path, failingAt: 3)).hasSuffix("killed"))
        #expect(try Transcript.run(code(path, failingAt: 3)) == whole)
    }

    @Test func anotherLoopThanBeforeIsRefused() throws {
        let path = try Transcript.run("os.tmpname() .. '-study'")
        func code(_ call: String) -> String {
            "local s = study.open('\(path)') return s:job('a', function(job) local t, u = {}, {} "
                + "for i in \(call) do if i == 3 then error('killed', 0) end end end)"
        }
        #expect(try Transcript.run(code("job:steps(5, {t = t}, {every = 0})")) == "killed")
        let name = "test:1: job 'a'"
        let advice = "(take another folder, or the old values)"
        #expect(
            try Transcript.run(code("job:steps(6, {u = u})"))
                == "\(name): its loop was started with other values: keep[1] = \"t\" before, \"u\" now, steps = 5 before, "
                + "6 now \(advice)")
        #expect(
            try Transcript.run(
                "local s = study.open('\(path)') return s:job('b', function(job) job:checkpoint(3) job:steps(2, {}) end)"
            )
                == "\(name.replacing("'a'", with: "'b'")) kept its last checkpoint outside of a loop of `steps`")
    }
}
