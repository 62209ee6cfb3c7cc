import Testing

/// Components, lesions, regions and uncertainty of cases, from Lua.
@Suite struct LesionFunctionTests {
    /// Two lesions of class 1 and 2 in the truth, the first of which is found, and one that is made up.
    private static let maps =
        "local t, p = torch.zeros(2, 8, 8), torch.zeros(2, 8, 8) t[{1, {1, 2}, {1, 2}}] = 1 t[{2, {7, 8}, 8}] = 2 "
        + "p[{1, {1, 2}, 1}] = 1 p[{1, 8, 1}] = 2 "

    @Test(arguments: [
        Transcript(
            maps
                + "local n, sizes = volumes.components(t) return tostring(n:max():item()) .. ' ' .. sizes[1].voxels .. ' ' "
                + ".. sizes[2].class .. ' ' .. sizes[2].mm3", "2.0 4 2.0 2.0"),
        Transcript(
            maps + "local n = volumes.components(volumes.volume(t, {spacing = {3, 1, 1}})) local _, sizes = "
                + "volumes.components(n) return tostring(n) .. ' ' .. sizes[1].mm3",
            "Volume(2x8x8, 3 x 1 x 1 mm, 0 to 2) 12.0"),
        Transcript(
            "local m = torch.zeros(1, 3, 3) m[{1, 1, 1}] = 1 m[{1, 2, 2}] = 1 local _, six = volumes.components(m, "
                + "{connectivity = 6}) local _, all = volumes.components(m, {connectivity = 18}) return #six .. ' ' .. #all",
            "2 1"),
        Transcript(
            maps
                + "local m, n = volumes.remove_small(t, {min_volume = {1, 3}}) local k, none = volumes.remove_small(t, "
                + "{min_volume = {1, 3}, spacing = {2, 1, 1}}) return tostring(m:max():item()) .. n .. ' ' .. none",
            "1.01 0"),
        Transcript(
            maps + "local v = volumes.volume(t:reshape(1, 2, 8, 8), {spacing = {1, 2, 3}}) local m = "
                + "volumes.remove_small(v, {min_volume = 13}) return tostring(m)",
            "Volume(2x8x8, 1 x 2 x 3 mm, 0 to 1)"),
        Transcript(
            "local m = torch.ones(1, 1, 3, 3, 3) m[{1, 1, 2, 2, 2}] = 0 local whole, n = volumes.fill_holes(m) "
                + "return table.concat(whole:size(), 'x') .. ' ' .. n .. ' ' .. tostring(m:min():item())",
            "1x1x3x3x3 1 0.0"),
        Transcript(
            maps + "local s = volumes.lesion_scores(p, t, {min_volume = 0, dilation = 1, penalty = 100}) "
                + "return ('%d %d %d %.4f %.4f %.4f %d'):format(s.tp, s.fp, s.fn, s.f1, s.dice, s.hd95, #s.lesions)",
            "1 1 1 0.5000 0.2222 67.0000 2"),
        Transcript(
            maps + "local s = volumes.lesion_scores(p, t, {rule = 'panoptic'}) return ('%d %d %d %g %g %g %g'):format("
                + "s.tp, s.fp, s.fn, s.rq, s.sq, s.pq, s.f1)", "1 1 1 0.5 0.5 0.25 0.5"),
        Transcript(
            maps + "local s = volumes.lesion_scores(p, t, {rule = 'panoptic', metric = 'dice', overlap = 0.7}) "
                + "return s.tp .. ' ' .. s.hd95 // 1", "0 11.0"),
        Transcript(
            maps
                + "local list = volumes.region_scores(p, t, {regions = {{'WT', {1, 2}}, {'core', {1}}}, lesions = true, "
                + "min_volume = 0, dilation = 1}) local a, b = list[1], list[2] return ('%s %.3f %d %s %.3f %g %.3f'):format("
                + "a.name, a.dice, a.lesion_f1 * 100, b.name, b.dice, b.lesion_f1, b.volume_error)",
            "WT 0.444 50 core 0.667 1 -0.002"),
        Transcript(
            maps + "local list = volumes.region_scores(p, t, {classes = {'a', 'b', 'c'}, spacing = {10, 10, 10}}) "
                + "return #list .. ' ' .. list[2].name .. ' ' .. list[3].dice .. ' ' .. list[2].volume_truth .. ' ' .. "
                + "tostring(list[1].lesion_dice)", "3 b 1.0 2.0 nil"),
        Transcript(
            maps
                + "local list = volumes.region_scores(p, t) return #list .. ' ' .. list[2].name .. ' ' .. list[2].dice",
            "2 2 0.0"),
        Transcript(
            maps + "local s = volumes.scores(p, t, {spacing = {10, 10, 10}, threshold = 1.5}) "
                + "return s.volume_prediction .. ' ' .. s.volume_truth .. ' ' .. s.volume_error", "1.0 2.0 -1.0"),
        Transcript(
            "local u = torch.zeros(4, 4, 4) u[{1, 1, 1}] = 0.8 return ('%.3f %.3f %.3f'):format("
                + "volumes.case_uncertainty(u, nil, {size = 2}), volumes.case_uncertainty(volumes.volume(u), u, {size = 50}), "
                + "volumes.case_uncertainty(u, u, {rule = 'mean'}))", "0.100 0.013 0.114"),
        Transcript(
            "local r = stats.risk_coverage(torch.tensor({0.5, 0, 0.25}), {1, 3, 2}) return ('%.4f %.4f %g %g'):format("
                + "r.aurc, r.eaurc, r.curve[1].risk, r.curve[2].coverage * 3)", "0.3750 0.2500 0.5 2"),
    ])
    func scores(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            "volumes.components(torch.ones(2, 2, 2), {connectivity = 8})",
            "test:1: bad option 'connectivity' to 'components' (6, 18 or 26 expected, got 8)"),
        Transcript(
            "volumes.components(torch.ones(2, 2))",
            "test:1: 'tensor' is 2x2: expected a shape depth x height x width"),
        Transcript(
            "volumes.remove_small(torch.ones(2, 2, 2))",
            "test:1: bad option 'min_volume' to 'remove_small' (number or list of numbers expected, got nil)"),
        Transcript(
            "volumes.remove_small(torch.ones(2, 2, 2) * 2, {min_volume = {1}})",
            "test:1: 'min_volume' is a list of 1: expected 2 numbers, as there is class 2"),
        Transcript(
            "volumes.remove_small(torch.ones(2, 2, 2), {min_volume = {1, -1}})",
            "test:1: bad option 'min_volume' to 'remove_small' (0 or more expected, got -1 at index 2)"),
        Transcript(
            "volumes.lesion_scores(torch.ones(2, 2, 2), torch.ones(2, 2, 2), {overlap = 0.5})",
            "test:1: bad option 'overlap' to 'lesion_scores' (only with rule = 'panoptic')"),
        Transcript(
            "volumes.lesion_scores(torch.ones(2, 2, 2), torch.ones(2, 2, 2), {rule = 'panoptic', penalty = 1})",
            "test:1: bad option 'penalty' to 'lesion_scores' (only with rule = 'brats')"),
        Transcript(
            "volumes.lesion_scores(torch.ones(2, 2, 2), torch.ones(2, 2, 3))",
            "test:1: 'prediction' is of shape 2x2x2: expected 2x2x3, as the truth"),
        Transcript(
            "volumes.region_scores(torch.ones(2, 2, 2), torch.ones(2, 2, 2), {regions = {{'WT', 1}}})",
            "test:1: bad option 'regions' to 'region_scores' (table {name, {classes}} expected, got table at index 1)"),
        Transcript(
            "volumes.region_scores(torch.ones(2, 2, 2) * 0.5, torch.ones(2, 2, 2))",
            "test:1: 'prediction' is 0.5 in a voxel: expected class numbers: whole, 0 to 65535"),
        Transcript(
            "volumes.region_scores(torch.ones(2, 2, 2), torch.ones(2, 2, 2) * 2, {classes = {'a'}})",
            "test:1: 'classes' is a list of 1: expected 2 names, as there is class 2"),
        Transcript(
            "volumes.case_uncertainty(torch.ones(2, 2, 2), nil, {rule = 'threshold'})",
            "test:1: bad option 'threshold' to 'case_uncertainty' (needed by rule = 'threshold')"),
        Transcript(
            "volumes.case_uncertainty(torch.ones(2, 2, 2), nil, {rule = 'mean'})",
            "test:1: bad argument #2 'prediction' to 'case_uncertainty' (needed by rule = 'mean')"),
        Transcript(
            "volumes.case_uncertainty(torch.ones(2, 2, 2), nil, {dilation = 2})",
            "test:1: bad option 'dilation' to 'case_uncertainty' (only with rule = 'mean')"),
        Transcript(
            "stats.risk_coverage({1}, {1, 2})", "test:1: 'uncertainties' is 2 numbers: expected 1, as of 'risks'"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }
}
