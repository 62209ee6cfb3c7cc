import Testing

/// Figures, from Lua: that files appear, and what wrong input says.
@Suite struct PlotTests {
    private static let mask = "local m = torch.zeros(2, 4, 4) "

    private static let bins = "local b = volumes.calibration(torch.tensor({0.1, 0.9}), torch.tensor({0, 1})).bins "

    @Test(arguments: [
        Transcript(
            mask + "return tostring(plot.slices({{title = 'a', scan = m, truth = m, maps = {m}}}, {columns = {'b'}}))",
            "Figure(450 x 204 points)"),
        Transcript(
            "plot.curves({loss = {3, 2, 1}, other = {1, 2}}, {x = 'step', y = 'loss', y_range = {0, 4}})",
            "Figure(460 x 300 points)"),
        Transcript(
            "plot.curves({loss = {3, 2, 1}}, {smooth = 3, size = {300, 200}})", "Figure(300 x 200 points)"),
        Transcript(
            bins + "return tostring(plot.reliability(b)) .. tostring(plot.reliability({x = b, y = b})) .. "
                + "tostring(plot.reliability({{name = 'z', bins = b}, {name = 'a', bins = b}}, {size = {400, 300}}))",
            "Figure(420 x 340 points)Figure(420 x 340 points)Figure(400 x 300 points)"),
        Transcript(
            "local path = os.tmpname() plot.kernels({{title = 'k', kernels = torch.ones(2, 1, 3, 3, 3)}})"
                + ":save(path .. '.png'):save(path .. '.svg') local starts = {} for _, ending in ipairs{'.png', '.svg'} do "
                + "local file = assert(io.open(path .. ending, 'rb')) starts[#starts + 1] = file:read(4):sub(2) file:close() "
                + "os.remove(path .. ending) end os.remove(path) return table.concat(starts, ' ')", "PNG ?xm"),
        Transcript(
            "local path = os.tmpname() .. '.svg' local f = plot.curves({loss = {3, 2}}, {file = path}) "
                + "local file = assert(io.open(path)) file:close() os.remove(path) "
                + "return (tostring(f):gsub(path, 'PATH', 1))", "Figure(460 x 300 points, in PATH)"),
        Transcript(
            "local images, labels = plot.glyphs('ab', {count = 3, size = 8, vary = 0.5}) "
                + "return tostring(plot.images({{title = 'a', images = images}}, {columns = 3})) .. "
                + "table.concat(images:size(), 'x') .. table.concat(labels:totable(), ',')",
            "Figure(260 x 58 points)3x1x8x80.0,1.0,0.0"),
    ])
    func figures(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript("plot.slices({})", "test:1: 'rows' is empty: expected at least one row"),
        Transcript(
            "plot.slices({{titel = 'a'}})",
            "test:1: bad argument #1 'rows' to 'slices' (unknown field 'titel', did you mean 'title'? at index 1)"),
        Transcript(
            "plot.slices({{title = 'a', scan = 3}})",
            "test:1: bad argument #1 'rows' to 'slices' (Volume or Tensor expected, got number in field 'scan' at index 1)"
        ),
        Transcript(
            mask + "plot.slices({{scan = m, truth = torch.zeros(2, 4, 5)}})",
            "test:1: bad argument #1 'rows' to 'slices' ('maps' is 2x4x5: expected the scan's 2x4x4 at index 1)"),
        Transcript(
            "plot.kernels({{kernels = torch.ones(3)}})",
            "test:1: bad argument #1 'groups' to 'kernels' ('kernels' is 3: expected a shape count x k x k or "
                + "count x k x k x k at index 1)"),
        Transcript(
            "plot.images({{images = torch.ones(3)}})",
            "test:1: bad argument #1 'groups' to 'images' ('images' is 3: expected a shape count x k x k or "
                + "count x k x k x k at index 1)"),
        Transcript("plot.glyphs('a')", "test:1: bad option 'count' to 'glyphs' (integer expected, got nil)"),
        Transcript(
            "plot.glyphs('a', {count = 1, font = 'x'})",
            "test:1: bad argument #2 to 'glyphs' (unknown option 'font', did you mean 'fonts'?)"),
        Transcript(
            "plot.glyphs('a b', {count = 3})", "test:1: 'characters' is ' ': expected characters that leave ink"),
        Transcript(
            "plot.curves({{name = 'a', x = {1}, y = {1, 2}}})",
            "test:1: bad argument #1 'series' to 'curves' ('series 'a'' is 1 x, 2 y, 0 errors: expected as many of each "
                + "at index 1)"),
        Transcript(
            "plot.curves({a = {1, 2}}, {y_range = {2, 1}})",
            "test:1: bad option 'y_range' to 'curves' (two numbers expected, the smaller first, got [2.0, 1.0])"),
        Transcript(
            "plot.curves({a = {1, 2}}, {smooth = 0})",
            "test:1: bad option 'smooth' to 'curves' (from 1 to 1000 expected, got 0)"),
        Transcript("plot.reliability({})", "test:1: 'bins' is empty: expected those of at least one method"),
        Transcript(
            bins + "plot.reliability(b, {size = {1}})",
            "test:1: bad option 'size' to 'reliability' (width and height expected, got a list of 1)"),
        Transcript(
            bins + "b[2].count = -1 plot.reliability({x = b})",
            "test:1: bad argument #1 'bins' to 'reliability' ('count' is -1: expected 0 or more at index 2 in field 'x')"
        ),
        Transcript(
            bins + "b[2].lower = nil plot.reliability(b)",
            "test:1: bad argument #1 'bins' to 'reliability' (number expected, got nil in field 'lower' at index 2)"),
        Transcript(
            "plot.reliability({{name = 'a', bin = {}}})",
            "test:1: bad argument #1 'bins' to 'reliability' (unknown field 'bin', did you mean 'bins'? at index 1)"),
        Transcript(
            "plot.curves({a = {1, 2}}):save('x.jpg')", "test:1: x.jpg: the name must end in .png or .svg"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }
}
