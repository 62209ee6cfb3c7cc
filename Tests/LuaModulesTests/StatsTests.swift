import Testing

/// Scores of segmentations and their statistics, from Lua.
@Suite struct StatsTests {
    @Test(arguments: [
        Transcript(
            "local p, t = torch.zeros(1, 1, 1, 1, 10), torch.zeros(1, 1, 10) p[{1, 1, 1, 1, {3, 4}}] = 1 "
                + "t[{1, 1, 3}] = 1 t[{1, 1, 7}] = 1 local s = volumes.scores(p, t, {spacing = {1, 1, 2}}) "
                + "return ('%.3f %.3f %.2f %.2f %.2f %.2f'):format(s.dice, s.iou, s.sensitivity, s.precision, s.hd95, "
                + "s.surface_dice)", "0.500 0.333 0.50 0.50 5.70 0.75"),
        Transcript(
            "local t = volumes.volume(torch.ones(1, 3, 4), {spacing = {5, 1, 1}}) "
                + "return volumes.scores(torch.zeros(1, 3, 4), t).hd95 == math.sqrt(25 + 9 + 16)", "true"),
        Transcript(
            "local p = volumes.volume(torch.zeros(1, 3, 4), {spacing = {5, 1, 1}}) local t = torch.ones(1, 3, 4) "
                + "return volumes.scores(p, t).hd95 == math.sqrt(50) and "
                + "volumes.scores(p, t, {spacing = {1, 1, 1}}).hd95 == math.sqrt(26) and "
                + "volumes.scores(t, t, {spacing = p}).hd95 == 0", "true"),
        Transcript(
            "local p, t = torch.zeros(1, 1, 5), torch.zeros(1, 1, 5) p[{1, 1, 1}] = 1 t[{1, 1, 4}] = 0.6 "
                + "return ('%g %g %g'):format(volumes.scores(p, t, {tolerance = 3}).surface_dice, "
                + "volumes.scores(p, t).surface_dice, volumes.scores(p, t, {threshold = 0.7}).hd95)",
            "1 0 5.19615"),
        Transcript(
            "#volumes.empty_mask_rule > 100 and volumes.empty_mask_rule:match('^Empty masks: ')", "Empty masks: "),
        Transcript(
            "local c = volumes.calibration(torch.tensor({0.1, 0.2, 0.9, 1}), torch.tensor({0, 1, 1, 1}), {bins = 2}) "
                + "local b = c.bins return ('%.4f %d %.2f %.1f %g %g %d'):format(c.ece, b[1].count, b[1].confidence, "
                + "b[1].frequency, b[2].lower, b[2].upper, #b)", "0.2000 2 0.15 0.5 0.5 1 2"),
        Transcript(
            "local c = volumes.calibration(torch.zeros(3), torch.zeros(3)) return #c.bins .. ' ' .. c.bins[15].count .. ' ' "
                + ".. tostring(c.bins[15].confidence)", "15 0 nil"),
    ])
    func scores(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            "local w = stats.wilcoxon({0.6, 0.9, 0.8}, torch.tensor({0.7, 0.5, 0.6})) return w.statistic .. ' ' .. w.p",
            "1.0 0.5"),
        Transcript(
            "local a, b = {}, {} for i = 1, 60 do a[i], b[i] = i % 7, 3 end "
                + "return stats.wilcoxon(a, b).p > stats.wilcoxon(a, b, {correction = false}).p", "true"),
        Transcript("table.concat(stats.holm{0.01, 0.04, 0.03}, ' ')", "0.03 0.06 0.06"),
        Transcript("#stats.holm(torch.tensor({0.5, 1})) + #stats.holm{}", "2"),
        Transcript(
            "local i = stats.bootstrap({0, 3}, {0, 2}, {level = 0.4}) return i.mean .. ' ' .. i.low .. ' ' .. i.high",
            "0.5 0.5 0.5"),
        Transcript(
            "local function f(seed) return stats.bootstrap({1, 5, 2, 8}, {1, 2, 3, 4}, {resamples = 50, generator = "
                + "torch.Generator(seed)}) end return f(1).low == f(1).low and f(1).high == f(1).high", "true"),
    ])
    func statistics(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            "volumes.scores(torch.ones(1, 2, 3), torch.ones(1, 3, 2))",
            "test:1: 'prediction' is of shape 1x2x3: expected 1x3x2, as the truth"),
        Transcript(
            "volumes.scores(torch.ones(2, 3), torch.ones(2, 3))",
            "test:1: 'prediction' is 2x3: expected a shape depth x height x width"),
        Transcript(
            "volumes.scores(torch.ones(1, 1, 2), torch.ones(1, 1, 2), {spacing = {1, 1}})",
            "test:1: bad option 'spacing' to 'scores' (three positive numbers expected, got [1.0, 1.0])"),
        Transcript(
            "volumes.scores(torch.ones(1, 1, 2), torch.ones(1, 1, 2), {spacing = 2})",
            "test:1: bad option 'spacing' to 'scores' (list of 3 numbers or Volume expected, got number)"),
        Transcript(
            "volumes.scores(torch.ones(1, 1, 2), torch.ones(1, 1, 2), {tolerance = -1})",
            "test:1: bad option 'tolerance' to 'scores' (0 or more expected, got -1)"),
        Transcript(
            "volumes.calibration(torch.ones(2) * 3, torch.ones(2))",
            "test:1: 'probability' is 3.0 in a voxel: expected numbers from 0 to 1"),
        Transcript(
            "volumes.calibration(torch.ones(2), torch.ones(3))",
            "test:1: 'probability' is of shape 2: expected 3, as the truth"),
        Transcript("stats.wilcoxon({}, {})", "test:1: 'a' is empty: expected at least one number"),
        Transcript(
            "stats.wilcoxon({'x'}, {1})",
            "test:1: bad argument #1 'a' to 'wilcoxon' (list of numbers or Tensor expected, got table)"),
        Transcript("stats.holm{0.5, 2}", "test:1: 'p' is 2.0 at index 2: expected a number from 0 to 1"),
        // Its sign is the processor's.
        Transcript(
            "(select(2, pcall(stats.holm, {0 / 0})):gsub('-nan', 'nan'))",
            "'p' is nan at index 1: expected a number from 0 to 1"),
        Transcript("stats.bootstrap({1}, {1, 2})", "test:1: 'b' is 2 numbers: expected 1, as of 'a'"),
        Transcript(
            "stats.bootstrap({1}, {1}, {level = 95})",
            "test:1: bad option 'level' to 'bootstrap' (above 0 and less than 1 expected, got 95)"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }
}
