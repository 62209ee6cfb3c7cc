import Testing

/// Loops and bars of `progress`.
@Suite struct ProgressTests {
    @Test(arguments: [
        Transcript("local t = {} for i in progress(3, 'a') do t[#t + 1] = i end return table.concat(t, ' ')", "1 2 3"),
        Transcript(
            "local t = {} for s in progress({'x', 'y'}) do t[#t + 1] = s end return table.concat(t, ' ')", "x y"),
        Transcript("local n = 0 for i in progress(0) do n = n + 1 end return tostring(n)", "0"),
        Transcript(
            "local t = {} for v, bar in progress({false, true}) do bar:set{v = tostring(v), n = 1, x = torch.tensor(2)} "
                + "t[#t + 1] = tostring(v) end return table.concat(t, ' ')", "false true"),
        Transcript(
            "local t = {} for w in progress(('x y z'):gmatch('%a')) do t[#t + 1] = w end return table.concat(t, ' ')",
            "x y z"),
        Transcript("for x in progress(function() error('in the iterator') end) do end", "test:1: in the iterator"),
        Transcript("for i in progress(3) do if i == 2 then return tostring(i) end end", "2"),
        Transcript("for i in progress(3) do error('in the loop') end", "test:1: in the loop"),
        Transcript("local bar = progress.bar(2, 'b') bar:advance():set{loss = 0.5}:finish() return 'done'", "done"),
        Transcript(
            "local d = volumes.write_phantoms(os.tmpname() .. '-ms', {layout = 'ms', count = 2, size = {8, 8, 8}}) "
                + "local t = {} for subject in progress(d) do t[#t + 1] = subject.id end return table.concat(t, ' ')",
            "00101 00201"),
    ])
    func loops(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            "progress('ten')",
            "test:1: bad argument #1 'items' to 'progress' (integer, list, Dataset or function expected, got string)"
        ),
        Transcript("progress(-1)", "test:1: bad argument #1 'items' to 'progress' (0 or more expected, got -1)"),
        Transcript(
            "progress(2.5)", "test:1: bad argument #1 'items' to 'progress' (number has no integer representation)"),
        Transcript(
            "progress.bar(2):set{loss = {}}",
            "test:1: bad argument #1 'values' to 'set' (number, string or tensor of one element expected, got table in "
                + "field 'loss')"),
        Transcript("progress.baar()", "test:1: module 'progress' has no member 'baar' (did you mean 'bar'?)"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }
}
