import Testing

/// Shifts of acquisition from Lua.
@Suite struct ShiftTests {
    private static let data = """
        local folder = os.tmpname() .. '-ms' \
        volumes.write_phantoms(folder, {layout = 'ms', count = 2, size = {12, 12, 12}}) 
        """

    @Test(arguments: [
        Transcript(
            "local s = volumes.volume(torch.arange(0, 7):reshape(8, 1, 1)) "
                + "local t, none = volumes.shift(s, nil, {thickness = 4}) "
                + "return t.data[{1, 1, 1}]:item() .. ' ' .. t.data[{2, 1, 1}]:item() .. ' ' .. tostring(none)",
            "1.5 5.5 nil"),
        Transcript(
            "local s, m = volumes.phantom{size = {12, 12, 12}} local t, n = volumes.shift({s, false}, m, {noise = 0.2}) "
                + "local u = volumes.shift({s, false}, m, {noise = 0.2, seed = 2}) return tostring(t[2]) .. ' ' .. "
                + "tostring((t[1].data - s.data):abs():max():item() > 0) .. ' ' .. "
                + "tostring((t[1].data - u[1].data):abs():max():item() > 0) .. ' ' .. "
                + "(n.data - m.data):abs():max():item()", "false true true 0.0"),
        // What a data set reads is what the function gives, for another name of a subject where nothing is random.
        Transcript(
            data
                + "local shift = {inversion = true, curve = {0, 0.9, 0.2, 1}, gamma = 2, seed = 3} "
                + "local plain, d = volumes.dataset(folder, {layout = 'ms'}), "
                + "volumes.dataset(folder, {layout = 'ms', shift = shift}) local a = d[1]:load() "
                + "local b = volumes.shift(plain[1]:load(), nil, shift) return tostring(d) .. ' ' .. "
                + "(a.data - b.data):abs():max():item()",
            "Dataset(2 subjects, shift: gamma 2, curve 0 0.9 0.2 1, inversion) 0.0"),
        Transcript(
            data
                + "local d = volumes.dataset(folder, {layout = 'ms', shift = {thickness = 60}}) local r = volumes.Recipe(d) "
                + "return r:prepare(d[2]:load()).image:size(3) .. ' ' .. tostring(volumes.dataset(folder, "
                + "{layout = 'ms', shift = {}}))", "8 Dataset(2 subjects, shift: nothing)"),
    ])
    func shifts(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        ("{thickness = -1}", "from 0 to 1000 expected, got -1 in field 'thickness'"),
        ("{gain = 'x'}", "number expected, got string in field 'gain'"),
        ("{thikness = 1}", "no such option of volumes.shift, did you mean 'thickness'? in field 'thikness'"),
        ("{inversion = 1}", "boolean expected, got the number 1 in field 'inversion'"),
        ("{seed = 1.5}", "integer expected, got the number 1.5 in field 'seed'"),
        ("{curve = 0.5}", "list of numbers expected, got the number 0.5 in field 'curve'"),
        ("{curve = {0, 2, 1}}", "from 0 to 1 expected, got 2 at index 2 in field 'curve'"),
        ("5", "table such as {thickness = 5, gamma = 1.5} expected, got number"),
    ])
    func wrongTables(table: String, message: String) throws {
        try Transcript(
            "volumes.dataset('.', {layout = 'ms', shift = \(table)})",
            "test:1: bad option 'shift' to 'dataset' (\(message))"
        ).check()
    }

    @Test(arguments: [
        Transcript(
            "volumes.shift(volumes.phantom{size = {8, 8, 8}}, nil, {gamma = 0})",
            "test:1: bad option 'gamma' to 'shift' (from 0.01 to 100 expected, got 0)"),
        Transcript(
            "volumes.shift(volumes.volume(torch.arange(1, 8):reshape(2, 2, 2)), nil, {curve = {0, 1}})",
            "test:1: 'curve' is [0.0, 1.0]: expected three or more numbers from 0 to 1"),
    ])
    func wrongOptions(_ line: Transcript) throws { try line.check() }
}
