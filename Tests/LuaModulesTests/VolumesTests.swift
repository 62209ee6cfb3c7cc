import Support
import Testing
import Volumes

/// What errors list, of all layouts and of those in which phantoms are written.
private let layouts = DatasetLayout.all.map(\.name).choiceText
private let phantomLayouts = DatasetLayout.all.filter { $0.phantoms != nil }.map(\.name).choiceText

/// Volumes, data sets, preparation and scores, from Lua.
@Suite struct VolumesTests {
    private static let head = "local scan, labels = volumes.phantom{kind = 'tumour', size = {12, 16, 20}, seed = 3} "

    @Test(arguments: [
        Transcript(
            "volumes.volume(torch.ones(1, 2, 3, 4), {spacing = {2.5, 1, 1}})", "Volume(2x3x4, 2.5 x 1 x 1 mm, 1 to 1)"),
        Transcript(
            "local v = volumes.volume(torch.ones(2, 3, 4), {spacing = {3, 2, 1}}) local a = v.affine "
                + "return table.concat({a[1][1], a[2][2], a[3][3], a[4][4], table.concat(v.shape, 'x')}, ' ')",
            "1.0 2.0 3.0 1.0 2x3x4"),
        Transcript(
            "local v = volumes.volume(torch.arange(8):reshape(2, 2, 2)) return tostring(v:mask(4).data:sum():item())",
            "4.0"
        ),
        // Labels stay labels: even ones, with nothing in between.
        Transcript(
            "local v = volumes.volume(2 * (torch.arange(27):reshape(3, 3, 3) // 9)) "
                + "local function off(w) return w.data:remainder(2):max():item() end "
                + "return tostring(off(v:resample(nil, {spacing = 0.7})) > 0) .. off(v:resample(nil, {spacing = 0.7, "
                + "labels = true})) .. off(v:resample(0.5, {labels = true}))", "true0.00.0"),
        Transcript(head + "return tostring(labels.data:max():item()) .. table.concat(scan.shape, ' ')", "4.012 16 20"),
        Transcript(
            head + "local again = volumes.phantom{kind = 'tumour', size = {12, 16, 20}, seed = 3} "
                + "return tostring((scan.data - again.data):abs():max():item())", "0.0"),
        Transcript(
            head + "local path = os.tmpname() .. '.nii.gz' volumes.write(path, scan, {dtype = 'int16', version = 2}) "
                + "local back = volumes.read(path) os.remove(path) return tostring((back.data - scan.data):abs():max():item()"
                + " == 0 and back.affine[1][4] == scan.affine[1][4] and back.spacing[2] == scan.spacing[2])", "true"),
        Transcript(
            head
                + "local path = os.tmpname() .. '.nii' volumes.write(path, labels.data, {like = scan, dtype = 'uint8'}) "
                + "local back = volumes.read(path) os.remove(path) return tostring(math.abs(back.affine[1][4] - scan.affine[1][4]) < 1e-4)",
            "true"),
    ])
    func volumesAndFiles(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            head + "local s = volumes.prepare(scan, labels, {scale = 0.5, multiple = 4}) "
                + "return table.concat(s.label:size(), 'x') .. ' ' .. tostring(s:restore(s.label).shape[3])",
            "1x8x8x8 20"),
        Transcript(head + "return tostring(volumes.prepare(scan).label)", "nil"),
        Transcript(
            head + "local s = volumes.prepare(scan, labels) local mask = s:restore(s.label) "
                + "return tostring(volumes.dice(mask, labels:mask()))", "1.0"),
        Transcript(
            "local x = torch.arange(8):reshape(1, 1, 2, 2, 2) "
                + "local image, label = volumes.augment(x, x[1], {generator = torch.Generator(5)}) "
                + "return tostring((image[1] - label):abs():max():item()) .. ' ' .. tostring(image:sum():item())",
            "0.0 36.0"
        ),
        Transcript(
            "local x = torch.arange(8):reshape(1, 1, 2, 2, 2) local changed = 0 for i = 1, 64 do "
                + "local y = volumes.augment(x, nil, {flip = {false, false, true}}) "
                + "if y[{1, 1, 1, 1, 1}]:item() == 2 then changed = changed + 1 else assert((x - y):abs():max():item() == 0) "
                + "end end return tostring(changed > 16 and changed < 48)", "true"),
        Transcript("volumes.dice(torch.zeros(2, 2, 2), torch.zeros(2, 2, 2))", "1.0"),
        Transcript("volumes.iou(torch.ones(2, 2, 2), torch.zeros(2, 2, 2))", "0.0"),
        Transcript("volumes.dice(torch.tensor({1, 1, 0, 0}), torch.tensor({1, 0, 0, 0})) - 2 / 3 == 0", "true"),
        Transcript("volumes.iou(torch.tensor({1, 1, 0, 0}), torch.tensor({1, 0, 0, 0}))", "0.5"),
    ])
    func preparationAndScores(_ line: Transcript) throws { try line.check() }

    @Test func datasets() throws {
        let code = """
            local folder = os.tmpname()
            os.remove(folder)
            local written = volumes.write_phantoms(folder, {layout = "brats", count = 5, size = {8, 8, 8}, seed = 2})
            local d = volumes.dataset(folder, {layout = "brats"})
            local ids = {}
            for i, subject in ipairs(d) do ids[i] = subject.id end
            assert(#ids == 5 and #written == 5 and d[-1].id == ids[5] and d[0] == nil and d[6] == nil)
            assert(d[1].image_path:match("_t2%.nii%.gz$") and d[1].label_path:match("_seg%.nii%.gz$"))
            local image, mask = d[2]:load()
            assert(image.shape[1] == 8 and mask.data:max():item() == 1)
            local few, test = d:split{train = 1, test = 2, seed = 7}
            local many, same = d:split{train = 3, test = 2, seed = 7}
            assert(#few == 1 and #many == 3 and test[1].id == same[1].id and test[2].id == same[2].id)
            for _, a in ipairs(many) do for _, b in ipairs(test) do assert(a.id ~= b.id) end end
            os.execute("rm -r '" .. folder .. "'")
            return tostring(d)
            """
        #expect(try Transcript.run(code) == "Dataset(5 subjects)")
    }

    /// A study goes on without the subjects that are not whole, and says what is wrong with them.
    @Test func goesOnWithoutBadSubjects() throws {
        let code = """
            local folder = os.tmpname()
            os.remove(folder)
            volumes.write_phantoms(folder, {layout = "ms", count = 4, size = {8, 8, 8}})
            os.remove(folder .. "/00101/mask_crop.nii.gz")
            local scan = volumes.read(folder .. "/00301/mri_crop.nii.gz")
            volumes.write(folder .. "/00301/mask_crop.nii.gz", torch.ones(8, 8, 8) * 0.5, {like = scan})
            volumes.write(folder .. "/00401/mask_crop.nii.gz", torch.ones(8, 8, 9))
            local d = volumes.dataset(folder, {image = "{id}/mri_crop.nii.gz", mask = "{id}/mask_crop.nii.gz"})
            assert(tostring(d) == "Dataset(3 subjects, 1 rejected)" and d.rejected[1].id == "00101")
            local ok, message = pcall(function() return d[2]:load() end)
            assert(not ok and message:find("label 0.5 is not a whole number from 0", 1, true), message)
            local good = d:check()
            assert(#good == 1 and good[1].id == "00201" and #good.rejected == 3)
            assert(good.rejected[3].error:find("8x8x9 voxels, but ", 1, true), good.rejected[3].error)
            local strict = volumes.dataset(folder, {layout = "ms", labels = {0, 7}}):check()
            assert(#strict == 0 and strict.rejected[2].error:find("label 1 is not among 0, 7", 1, true))
            local none = volumes.dataset(folder, {layout = "ms", foreground = {2}})
            assert(none[1]:load())
            os.execute("rm -r '" .. folder .. "'")
            return tostring(good)
            """
        #expect(try Transcript.run(code) == "Dataset(1 subjects, 3 rejected)")
    }

    @Test(arguments: [
        Transcript(
            "local x = torch.rand(1, 1, 6, 7, 8) local g = torch.Generator(3) local function run() "
                + "return volumes.augment(x, x[1], {rotate = {10, 0, 0}, scale = 0.1, elastic = 1, elastic_cell = 4, "
                + "gain = 0.1, offset = 0.1, gamma = 0.2, noise = 0.1, spacing = {2, 1, 1}, probability = 0.9, "
                + "generator = g}) end local a = run() local state = g:get_state() local b = run() g:set_state(state) "
                + "local c = run() return tostring((a - b):abs():max():item() > 0) .. tostring((b - c):abs():max():item())",
            "true0.0"),
        Transcript(
            "local x = torch.ones(1, 4, 4, 4) * 1000 local function change(options) options.flip = {false, false, false} "
                + "options.generator = torch.Generator(2) local y = volumes.augment(x, nil, options) "
                + "return (y - x):abs():max():item(), y:max():item() - y:min():item() end "
                + "local gain, spread = change{gain = 0.5} assert(gain > 10 and gain < 500 and spread == 0) "
                + "local offset, spread = change{offset = 5} assert(offset > 0.1 and offset <= 5 and spread == 0) "
                + "local noise, spread = change{noise = 5} assert(noise > 0.01 and noise < 25 and spread > 0) "
                + "return tostring(change{gamma = 0.5})", "0.0"),
        Transcript(
            "local examples = {} for i = 1, 3 do examples[i] = {image = torch.ones(1, 1, 6, 6, 6) * i, "
                + "label = torch.ones(1, 6, 6, 6)} end "
                + "local sampler = volumes.PatchSampler(examples, {size = {4, 8, 2}, seed = 5}) local seen = 0 "
                + "for draw = 4, 6 do local image, label = sampler(draw) seen = seen + image:max():item() "
                + "assert(table.concat(image:size(), 'x') == '1x1x4x8x2' and label:sum():item() == 48) end "
                + "return tostring(sampler) .. ' ' .. seen .. ' ' .. #sampler",
            "PatchSampler(3 examples, 4x8x2, foreground 0.33, seed 5) 6.0 3"),
        Transcript(
            "local net = nn.Conv3d(1, 2, 1) local x = torch.rand(1, 1, 5, 6, 7) "
                + "local y = volumes.sliding_window(x, net, {window = {4, 4, 8}, overlap = 0.25}) "
                + "return tostring((y - net(x)):abs():max():item() < 1e-5) .. tostring(y.requires_grad)", "truefalse"),
        Transcript(
            "local net = bayes.UNet{channels = {1, 2, 2, 2, 2}} local x = torch.rand(1, 1, 16, 8, 8) "
                + "local a = bayes.predict(net, x, {samples = 2, window = {8, 8, 8}}) "
                + "return table.concat(a.probability:size(), 'x') .. ' ' .. tostring(a.std:max():item() > 0)",
            "1x2x16x8x8 true"),
    ])
    func patchesAndWindows(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript("volumes.read('missing.nii')", "test:1: missing.nii: no such file or folder"),
        Transcript(
            "volumes.read('x.nii', {fram = 1})",
            "test:1: bad argument #2 to 'read' (unknown option 'fram', did you mean 'frame'?)"),
        Transcript(
            "volumes.write('/nowhere/x.png', torch.ones(2, 2, 2))",
            "test:1: /nowhere/x.png: only NIfTI is written: the name does not end in .nii, .nii.gz, .hdr, .hdr.gz, .img or .img.gz"
        ),
        Transcript(
            "volumes.write('x.nii', torch.ones(2, 2, 2), {dtype = 'int8'})",
            "test:1: bad option 'dtype' to 'write' ('float32', 'int16' or 'uint8' expected, got 'int8')"),
        Transcript(
            "volumes.write('x.nii', 3)",
            "test:1: bad argument #2 'volume' to 'write' (Volume or Tensor expected, got number)"
        ),
        Transcript(
            "volumes.volume(torch.ones(2, 2))", "test:1: 'tensor' is 2x2: expected a shape depth x height x width"),
        Transcript(
            "volumes.volume(torch.ones(2, 2, 2), {like = volumes.volume(torch.ones(2, 2, 3))})",
            "test:1: 'like' is of shape 2x2x3: expected 2x2x2, as the values"),
        Transcript(
            "volumes.volume(torch.ones(2, 2, 2), {spacing = {1, 0, 1}})",
            "test:1: bad option 'spacing' to 'volume' (three positive numbers expected, got [1.0, 0.0, 1.0])"),
        Transcript(
            "volumes.phantom{kind = 'cold'}",
            "test:1: bad option 'kind' to 'phantom' ('ms' or 'tumour' expected, got 'cold')"),
        Transcript(
            "volumes.phantom{size = {4, 8, 8}}",
            "test:1: bad option 'size' to 'phantom' (from 8 to 1024 expected, got 4 at index 1)"),
        Transcript(
            "volumes.dataset('.', {layout = 'dicom'})",
            "test:1: bad option 'layout' to 'dataset' (\(layouts) expected, got 'dicom')"),
        Transcript(
            "volumes.dataset('.', {layout = 'brat'})",
            "test:1: bad option 'layout' to 'dataset' (\(layouts) expected, got 'brat', did you mean 'brats'?)"),
        Transcript(
            "volumes.dataset('.', {layout = 'pairs', mask = '{id}.nii'})",
            "test:1: bad option 'layout' to 'dataset' ('pairs' needs the option image)"),
        Transcript(
            "volumes.write_phantoms('.', {layout = 'pairs'})",
            "test:1: bad option 'layout' to 'write_phantoms' (\(phantomLayouts) expected, got 'pairs')"),
        Transcript(
            "volumes.dataset('.', {layout = 'ms', image = '{id}.nii', mask = '{id}.nii'})",
            "test:1: bad option 'layout' to 'dataset' (either a layout or image expected)"),
        Transcript(
            "volumes.dataset('.', {layout = 'brats', modality = ''})",
            "test:1: bad option 'modality' to 'dataset' (a path expected, got an empty string)"),
        Transcript(
            "volumes.dataset('.', {layout = 'brats', modality = {}})",
            "test:1: 'modality' is '': expected at least one name, each once"),
        Transcript(
            "volumes.dataset('.', {layout = 'brats', modality = 't2,t2'})",
            "test:1: 'modality' is 't2,t2': expected at least one name, each once"),
        Transcript(
            "volumes.dataset('.', {image = '{id}.nii', mask = '{id}_m.nii', sequences = {'t1', 't1'}})",
            "test:1: 'sequences' is 't1,t1': expected at least one name, each once"),
        Transcript(
            "volumes.dataset('.', {layout = 'ms', foreground = {0}})",
            "test:1: 'classes' is label 0 in 'foreground': expected whole numbers from 1 to 16777216, as 0 is the background"
        ),
        Transcript(
            "volumes.region_scores(torch.ones(2, 2, 2), torch.ones(2, 2, 2), {regions = {}})",
            "test:1: bad option 'regions' to 'region_scores' (at least one expected, got an empty list)"),
        Transcript(
            "volumes.lesion_scores(torch.ones(2, 2), torch.ones(2, 2))",
            "test:1: 'prediction' is 2x2: expected a shape depth x height x width"),
        Transcript("volumes.dataset('/nowhere', {layout = 'ms'})", "test:1: /nowhere: no such file or folder"),
        Transcript(
            "volumes.prepare(volumes.volume(torch.ones(8, 8, 8)), nil, {scale = 100})",
            "test:1: bad option 'scale' to 'prepare' (from 0.015625 to 64 expected, got 100)"),
        Transcript(
            "volumes.prepare(volumes.volume(torch.rand(8, 8, 8))):restore(torch.ones(4, 4, 4))",
            "test:1: 'prediction' is 4x4x4: expected 8x8x8, as the image"),
        Transcript(
            "volumes.augment(torch.ones(1, 2, 2, 2), nil, {flip = {true}})",
            "test:1: bad option 'flip' to 'augment' (a list of 3 booleans expected, got a list of 1)"),
        Transcript(
            "volumes.augment(torch.ones(1, 2, 2, 2), nil, {rotate = 200})",
            "test:1: bad option 'rotate' to 'augment' (from 0 to 180 expected, got 200)"),
        Transcript(
            "volumes.augment(torch.ones(1, 2, 2, 2), torch.ones(2, 2, 3))",
            "test:1: 'label' is of shape 2x2x3: expected ... x 2x2x2"),
        Transcript(
            "volumes.augment(torch.ones(1, 2, 2, 2), nil, {noises = 1})",
            "test:1: bad argument #3 to 'augment' (unknown option 'noises', did you mean 'noise'?)"),
        Transcript(
            "volumes.dataset('.', {mask = '{id}.nii'})",
            "test:1: bad option 'layout' to 'dataset' (either a layout or image expected)"),
        Transcript(
            "volumes.dataset('.', {image = 'a.nii', mask = '{id}.nii'})",
            "test:1: 'image' is 'a.nii': expected a path below the folder with {id} for the subject's name"),
        Transcript(
            "volumes.PatchSampler({{image = torch.ones(2, 2, 2)}})",
            "test:1: bad argument #1 'examples' to 'PatchSampler' (Sample with a label, or table {image, label} expected, "
                + "got table at index 1)"),
        Transcript(
            "volumes.PatchSampler({}, {size = {2, 2, 2}})", "test:1: 'examples' is empty: expected at least one"),
        Transcript(
            "volumes.sliding_window(torch.ones(1, 1, 4, 4, 4), function(x) return x:sum() end, {window = {2, 2, 2}})",
            "test:1: sliding_window: the function's result has shape scalar (expected 1x1x2x2x2)"),
        Transcript(
            "volumes.sliding_window(torch.ones(1, 1, 4, 4, 4), function(x) error('no', 0) end, {window = {2, 2, 2}})",
            "no"),
        Transcript(
            "volumes.sliding_window(torch.ones(1, 1, 4, 4, 4), function(x) end, {window = {2, 2, 2}, overlap = 1})",
            "test:1: bad option 'overlap' to 'sliding_window' (at least 0 and less than 1 expected, got 1)"),
        Transcript(
            "volumes.dice(torch.ones(2, 3), torch.ones(3, 2))",
            "test:1: 'prediction' is of shape 2x3: expected 3x2, as the truth"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }
}
