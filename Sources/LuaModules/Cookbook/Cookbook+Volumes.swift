extension Cookbook {
    static let volumes = #"""
        ## Volumes

        ### How to read a NIfTI file, and find where a voxel lies in the world
        Tensors are depth x height x width and count from 1; the affine takes width, height, depth from 0, as NIfTI does. The
        same place keeps its millimetres when the axes are turned.

        ```lua
        local path = os.tmpname() .. ".nii.gz"
        volumes.write(path, (volumes.phantom{size = {10, 12, 8}}))
        local scan = volumes.read(path)
        os.remove(path)
        print(scan, "axes", scan.orientation, "spacing", table.concat(scan.spacing, " "))
        local function world(volume, d, h, w)
            return torch.tensor(volume.affine):mv(torch.tensor{w - 1, h - 1, d - 1, 1})[{{1, 3}}]
        end
        local turned = scan:orient("LPS")                        -- width to the left, height to the back, depth up
        print("RAS", world(scan, 6, 3, 2), "LPS", world(turned, 6, 10, 7))
        assert(scan.orientation == "RAS" and world(scan, 6, 3, 2):allclose(world(turned, 6, 10, 7)))
        assert(scan.data[{6, 3, 2}]:item() == turned.data[{6, 10, 7}]:item())
        ```

        ### How to resample a scan, and its labels with it
        `resample` interpolates, which suits scans. With `labels = true` it makes up no label between two others, and so does
        `resample_like`, which takes the grid of another volume.

        ```lua
        local scan, labels = volumes.phantom{kind = "tumour", size = {24, 28, 24}, seed = 3}
        local fine = scan:resample(nil, {spacing = {5, 5, 4}})  -- mm along depth, height and width; resample(0.5) is a factor
        local moved, blurred = labels:resample(nil, {spacing = {5, 5, 4}, labels = true}), labels:resample_like(fine)
        print(scan, fine)
        print("labels", labels.data:unique(), moved.data:unique(), "blurred", #blurred.data:unique())
        local function litres(mask)
            return mask.data:gt(0):sum():item() * mask.spacing[1] * mask.spacing[2] * mask.spacing[3] / 1e6
        end
        print("volume in litres", litres(labels), litres(moved))
        assert(moved.data:unique():equal(labels.data:unique()) and #blurred.data:unique() > 4)
        assert(math.abs(litres(moved) / litres(labels) - 1) < 0.1 and fine.spacing[3] == 4)
        ```

        ### How to draw patches, and augment them
        A share of the patches lies around a voxel of the foreground. The patch of a number depends on seed and number alone,
        so a training that goes on at step 1,000 sees what it would have seen. Labels are moved with the image.

        ```lua
        torch.manual_seed(1)
        local scan, truth = volumes.phantom{kind = "tumour", size = {24, 28, 24}, seed = 3}
        local sample = volumes.prepare(scan, truth)              -- z-scores, cropped to the brain, sides that 8 divides
        local draw, patches = volumes.PatchSampler({sample}, {size = {12, 12, 12}, foreground = 1, seed = 1}), {}
        for step = 1, 4 do
            local image, label = draw(step)
            image, label = volumes.augment(image, label, {rotate = 15, scale = 0.1, gamma = 0.3, noise = 0.1})
            patches[step] = {title = "step " .. step, scan = image[{1, 1}], truth = label[1]}
            assert(label:unique():equal(torch.tensor{0, 1}) and image:size(-1) == 12)
        end
        plot.slices(patches, {title = "Patches and their labels"}):show()
        local image, other = draw(3), draw(4)
        assert(image:equal((draw(3))) and not image:equal(other))
        ```

        ### How to predict in windows, and save the mask on the scan's own grid
        `prepare` turns, crops, resamples and pads, `sample:restore` undoes that. Overlapping windows are averaged. Here a
        function takes the place of a network, whose probabilities are `net(part):softmax(2)`.

        ```lua
        local path = os.tmpname() .. ".nii.gz"
        local scan, truth = volumes.phantom{kind = "tumour", contrast = "flair", size = {24, 28, 24}, seed = 4}
        scan, truth = scan:orient("LPS"), truth:orient("LPS")    -- a scan whose axes point elsewhere
        local sample = volumes.prepare(scan, truth, {spacing = 4})
        local function network(part) return ((part - 1.2) * 8):sigmoid() end
        local probability = volumes.sliding_window(sample.image, network, {window = {16, 16, 16}, overlap = 0.5})
        local mask = sample:restore(probability):mask(0.5)
        volumes.write(path, mask, {dtype = "uint8"})
        local read = volumes.read(path)
        os.remove(path)
        print(sample, read, "Dice", volumes.dice(read, truth))
        assert((probability - network(sample.image)):abs():max():item() < 1e-5)
        assert(torch.tensor(read.affine):allclose(torch.tensor(scan.affine)) and read.orientation == "LPS")
        assert(read.data:equal(mask.data) and volumes.dice(read, truth) > 0.9)
        ```

        ### How to score a mask by Dice and the Hausdorff distance in mm
        `volumes.scores` has both, and more. Distances need the spacing, which volumes bring along. HD95 is the 95th
        percentile; `volumes.empty_mask_rule` says what scores are where a mask is empty.

        ```lua
        local truth, shifted = torch.zeros(20, 20, 20), torch.zeros(20, 20, 20)
        truth[{{5, 12}, {5, 12}, {5, 12}}] = 1
        shifted[{{7, 14}, {5, 12}, {5, 12}}] = 1                 -- two voxels further along depth
        local scores = volumes.scores(shifted, truth, {spacing = {3, 1, 1}})
        for _, name in ipairs{"dice", "iou", "precision", "hd95", "volume_truth"} do print(name, scores[name]) end
        print(volumes.empty_mask_rule)
        local overlap = 6 * 8 * 8
        assert(math.abs(scores.dice - 2 * overlap / (2 * 8 * 8 * 8)) < 1e-6)
        assert(math.abs(scores.hd95 - 2 * 3) < 1e-6 and scores.volume_truth == 8 * 8 * 8 * 3 / 1000)
        ```

        ### How to open a folder of my own scans by a pattern
        `{id}` stands for the subject's name. Several sequences become the channels of the input, and `classes` tells which
        labels of the masks are which. What does not load is listed in `rejected`.

        ```lua
        local folder = os.tmpname() .. "-scans"
        volumes.write_phantoms(folder, {layout = "brats", count = 4, size = {12, 12, 12}, modalities = {"t1", "flair"}})
        for _, file in ipairs((volumes.find(folder))) do print(file.path) end
        local data = volumes.dataset(folder .. "/HGG", {image = {"{id}/{id}_t1.nii.gz", "{id}/{id}_flair.nii.gz"},
            sequences = {"t1", "flair"}, mask = "{id}/{id}_seg.nii.gz", classes = {{"core", {1, 4}}, {"oedema", {2}}}})
        local train, test = data:check():split{train = 2, test = 1, seed = 1}
        for _, subject in ipairs(train) do
            local scans, mask = subject:load()
            local sample = volumes.prepare(scans, mask, {classes = 2})
            print(subject.id, sample, "classes", sample.label:unique())
            assert(sample.image:size(2) == 2 and sample.label:max():item() == 2)
        end
        assert(#data == 3 and #data.rejected == 0 and test[1].id ~= train[1].id)
        ```

        """#
}
