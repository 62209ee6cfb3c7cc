-- %% [markdown]
-- # Convolution in 3D, the U-Net, and a first segmentation
-- Lesson 2 of 7. The course asks how a network can learn to find a disease when only few volumes are marked. Here you
-- meet the task itself: what a scan is, what a convolution does to it, how a U-Net is built from convolutions, and how
-- a segmentation is judged. Then you train a first network, and see what it lacks.
--
-- - **Before:** you know what a loss, a gradient and a training step are. You need not know MRI. The first two sections
--   of lesson 1 tell what Lua you need; its file is not needed.
-- - **Time:** 75 to 100 minutes to read and try; the computer works for about a minute of it.
-- - **For later:** the trained network is kept in `course/lesson-2.safetensors`. Lesson 4 looks at its kernels.
--
-- In an exercise, replace `nil` by your answer, then run that cell and the `check` below it. Without Jupyter, edit the
-- file and run all of it:
--
--     lunette notebook run --keep-going a-first-segmentation-student.ipynb -o out.ipynb
--     lunette notebook convert --to html out.ipynb

-- %% tags=["parameters"]
-- How long each network learns, from how many volumes at most, and how often that is tried with other volumes.
-- Lesson 4 reads the network made here: after trying other values, run once more with these.
steps = 100
many = 6
draws = 2
seed = 1

-- %% [markdown]
-- ## A scan is a volume
-- Magnetic resonance imaging (**MRI**) makes a **volume**: a three-dimensional image, made of **voxels** as a photo is
-- made of pixels. In the computer it is a tensor of one number a voxel, with three axes: depth, height, width. The
-- **spacing** is the distance between neighbouring voxels in millimetres. The numbers have no unit. They depend on the
-- scanner and on the kind of scan: in a **T2** scan fluid is bright, in a **FLAIR** scan fluid is dark.
--
-- Scans of patients cannot be handed out with a lesson, so we use **phantoms**: artificial brains, which can be made
-- anew on any machine. This one has multiple sclerosis (MS): small **lesions** (places of diseased tissue), most of
-- them beside the ventricles, which are chambers full of fluid.

-- %%
scan, truth = volumes.phantom{kind = "ms", contrast = "t2", seed = 1}
print(scan)
print("depth, height, width: " .. table.concat(scan.shape, ", ") .. " voxels")
print("spacing:              " .. table.concat(scan.spacing, ", ") .. " mm")
print("orientation:          " .. scan.orientation)

-- %% [markdown]
-- The orientation tells where the axes point: `RAS` means that width runs to the patient's **r**ight, height to the
-- front (**a**nterior), and depth upwards (**s**uperior). We look at three **slices**, one across each axis, each where
-- there is most lesion. The two white wings in the middle of the first one are ventricles.
--
-- **What do you expect?** In a T2 scan both fluid and lesions are bright. Could you find the lesions by brightness?

-- %%
plot.slices({
    {title = "across depth", scan = scan.data, truth = truth.data},
    {title = "across height", scan = scan.data:permute(2, 1, 3), truth = truth.data:permute(2, 1, 3)},
    {title = "across width", scan = scan.data:permute(3, 1, 2), truth = truth.data:permute(3, 1, 2)},
}, {title = "One volume, cut across each of its axes", panel = 170})

-- %% [markdown]
-- The yellow lines are the **truth**: on patients, the marks of an expert, here known exactly. A lesion is a bright
-- spot in all three cuts, so it is a blob in space, and a method should look at space, not at single slices. But fluid,
-- in the ventricles and around the brain, is as bright or brighter: brightness alone will not do. We come back to that.
--
-- **Exercise 1.** How large are all lesions of this volume together, in millilitres (1 ml is 1000 cubic millimetres)?
-- Put the number into `lesion_volume`. `truth.data` is 1 in lesions and 0 elsewhere.

-- %%
lesion_volume = nil  -- your answer here

-- %% tags=["solution"]
-- A voxel is a box: its volume is the product of its three spacings.
local voxel = scan.spacing[1] * scan.spacing[2] * scan.spacing[3]
lesion_volume = truth.data:sum():item() * voxel / 1000

-- %% tags=["answer"]
local count, side = truth.data:sum():item(), scan.spacing[1]
check.answer("lesion_volume", lesion_volume, {mistakes = {
    {count, "that is the number of voxels; how large is one of them?"},
    {count / 1000, "a voxel is larger than a cubic millimetre; look at the spacing"},
    {count * side / 1000, "a voxel has three sides, and each is as long as the spacing says"},
    {count * side ^ 2 / 1000, "that is an area; a voxel has three sides"},
    {count * side ^ 3, "these are cubic millimetres; a thousand of them are one millilitre"},
    {truth.data:numel() * side ^ 3 / 1000, "that is the whole volume; count the voxels of lesions"},
    {truth.data:numel() * side ^ 3, "that is the whole volume, in cubic millimetres; count the voxels of lesions"},
}})
check.expect("lesion_volume", "missing", nil)
check.expect("lesion_volume", "right", lesion_volume * 1.0005)
check.expect("lesion_volume", "wrong type", "8 ml")
check.expect("lesion_volume", "wrong type", truth.data:sum())
for _, value in ipairs{count, count / 1000, count * side / 1000, count * side ^ 2 / 1000, count * side ^ 3,
    truth.data:numel() * side ^ 3 / 1000, 2 * lesion_volume, lesion_volume * 1.04} do
    check.expect("lesion_volume", "almost", value)
end
check.expect("lesion_volume", "wrong", lesion_volume / 1000)

-- %%
check("lesion_volume", lesion_volume)

-- %% [markdown]
-- ## Convolution: a small box of weights on its way through the volume
-- A **kernel** is a small box of weights, here 3x3x3. At every place of the volume $x$, the 27 voxels under the box are
-- multiplied by the weights $k$ and summed up. That gives one voxel of the result $y$:
--
-- $$y_{d,h,w} = \sum_{a=1}^{3} \sum_{b=1}^{3} \sum_{c=1}^{3} k_{a,b,c} \; x_{d+a-1,\; h+b-1,\; w+c-1}$$
--
-- (Mathematicians turn the kernel around first, and call this a correlation. Networks learn their kernels, so it makes
-- no difference to them, and everybody says convolution.)

-- %%
function convolve(volume, kernel)
    local x, k, y = volume:totable(), kernel:totable(), {}
    for d = 1, #x - 2 do
        y[d] = {}
        for h = 1, #x[1] - 2 do
            y[d][h] = {}
            for w = 1, #x[1][1] - 2 do
                local sum = 0
                for a = 1, 3 do
                    for b = 1, 3 do
                        for c = 1, 3 do sum = sum + k[a][b][c] * x[d + a - 1][h + b - 1][w + c - 1] end
                    end
                end
                y[d][h][w] = sum
            end
        end
    end
    return torch.tensor(y)
end

torch.manual_seed(seed)
-- 6 x 7 x 8 voxels out of the middle (both ends of a range count), divided by 1000: from 0 to about 1.
patch = scan.data[{{20, 25}, {24, 30}, {18, 25}}] / 1000
kernel = torch.randn(3, 3, 3)
by_hand = convolve(patch, kernel)
print("from " .. table.concat(patch.shape, " x ") .. " to " .. table.concat(by_hand.shape, " x ") .. " voxels")

-- %% [markdown]
-- The library's function takes batches of several channels: volumes are N x channels x depth x height x width, kernels
-- are channels of the result x channels of the input x 3 x 3 x 3. So we add dimensions of size 1, and compare.

-- %%
by_library = nn.functional.conv3d(patch:reshape(1, 1, 6, 7, 8), kernel:reshape(1, 1, 3, 3, 3))[{1, 1}]
print(("largest difference: %.1e"):format((by_hand - by_library):abs():max():item()))
print("the same but for rounding:", by_hand:allclose(by_library, {atol = 1e-5}))

-- %% [markdown]
-- The result is smaller, because the box has to lie inside. **Padding** puts zeros around the volume first: with a
-- padding of 1, a 3x3x3 kernel keeps the size. A **stride** of 2 moves the box by two voxels at a time, which halves
-- each side.
--
-- **Exercise 2.** A volume has sides of 32 voxels. How long are the sides after (1) a 3x3x3 kernel, (2) the same with
-- padding 1, (3) the same with padding 1 and stride 2, (4) the kernel of (3), that of (3) once more, and then that of
-- (1)? Put the four numbers into `sides`, without running anything first.

-- %%
sides = nil  -- your answer here, such as {1, 2, 3, 4}

-- %% tags=["solution"]
-- The first box may begin at -padding, the last one ends at 32 + padding: (32 + 2 * padding - 3) / stride + 1 places,
-- rounded down. Here the library counts.
local function conv(x, options) return nn.functional.conv3d(x, torch.ones(1, 1, 3, 3, 3), options) end
local x = torch.zeros(1, 1, 32, 32, 32)
local padded, halved = conv(x, {padding = 1}), conv(x, {padding = 1, stride = 2})
local last = conv(conv(halved, {padding = 1, stride = 2}), {})
sides = {conv(x, {}):size(3), padded:size(3), halved:size(3), last:size(3)}

-- %% tags=["answer"]
local a, b, c, d = table.unpack(sides)
check.answer("sides", sides, {almost = 0, mistakes = {
    {{a + 1, b, c, d + 1}, "one voxel is lost at each end of a side, not one in all"},
    {{a - 1, b, c, d - 1}, "a box of 3 fits into 32 voxels at 30 places: the last one counts, too"},
    {{a, b + 2, c, d}, "padding of 1 adds two voxels to a side, and the kernel takes two away"},
    {{a, b, c + 1, d}, "with (32 + 2 - 3) / 2 + 1 places, round down"},
    {{a, b, c - 1, d - 1}, "it is halved exactly: padding keeps the size, the stride takes every second place"},
    {{a, b, c, d + 2}, "the last kernel has no padding"},
    {{a, b, c, 14}, "(4) has two strides"},
    {{a, b, c, 30}, "in (4) the kernel of (3) comes twice: its result is halved again, not doubled"},
    {{a, b, c, 62}, "in (4) the kernel of (3) comes twice: its result is halved again, not doubled"},
    {{a, b, c, 4}, "the last kernel has no stride: it takes one voxel from each end"},
    {{a, b, 15, d}, "without padding it is 15; with padding one place more"},
    {{a, b, 15, 4}, "without padding it is 15; with padding one place more"},
}})
check.expect("sides", "missing", nil)
check.expect("sides", "right", {a, b, c, d})
check.expect("sides", "wrong type", a)
check.expect("sides", "wrong type", torch.tensor{a, b, c, d})
check.expect("sides", "wrong shape", {a, b, c})
for _, value in ipairs{{a + 1, b, c, d + 1}, {a - 1, b, c, d - 1}, {a, b + 2, c, d}, {a, b, c + 1, d}, {a, b, c, d + 2},
    {a, b, c, 14}, {a, b, c, 30}, {a, b, c, 62}, {a, b, c, 4}, {a, b, 15, d}, {a, b, 15, 5}, {a, b, 15, 4},
    {2 * a, 2 * b, 2 * c, 2 * d}} do
    check.expect("sides", "almost", value)
end
check.expect("sides", "wrong", {b, a, c, d})
check.expect("sides", "wrong", {a, a, a, a})

-- %%
check("sides", sides)

-- %% [markdown]
-- ## What a kernel does
-- Three kernels that we write ourselves. The first has 27 equal weights. The second subtracts the voxels on the left
-- from those on the right. The third subtracts the mean of the surroundings from the middle.
--
-- **What do you expect?** Where in the slice above will the second kernel give large numbers, and of which sign? What
-- will the third do with a small lesion, and what with the inside of a large ventricle?

-- %%
blur = torch.full({3, 3, 3}, 1 / 27)
edge = torch.zeros(3, 3, 3)
edge[{{}, {}, 1}], edge[{{}, {}, 3}] = -1 / 9, 1 / 9
spot = torch.full({3, 3, 3}, -1 / 26)
spot[{2, 2, 2}] = 1
plot.kernels({{title = "blur, edge and spot", kernels = torch.stack{blur, edge, spot}}},
    {title = "Each kernel as its three slices: blue is negative, red positive", columns = 3, cell = 14})

-- %%
function apply(kernel, volume)
    local x, k = volume:reshape(1, 1, 48, 56, 48), kernel:reshape(1, 1, 3, 3, 3)
    return nn.functional.conv3d(x, k, {padding = 1})[{1, 1}]
end
most = truth.data:sum({2, 3}):argmax():item()                   -- the slice with the most lesion, as above
function grey(volume, signed)
    local slice = volume[most]:flip(1)                          -- the front of the head on top
    slice = slice / slice:abs():max()
    return signed and (slice + 1) / 2 or slice                  -- if signed: from -1 ... 1 to 0 ... 1, else as it is
end
results = torch.stack{grey(scan.data), grey(apply(blur, scan.data)), grey(apply(edge, scan.data), true),
    grey(apply(spot, scan.data), true)}
plot.images({{title = "above: the scan, blur; below: edge, spot", images = results}},
    {title = "What the kernels make of a slice", columns = 2, pixel = 3})

-- %% [markdown]
-- In the lower two pictures grey is 0, black negative and white positive. The edge kernel is white where it gets
-- brighter from left to right and black where it gets darker: most of all at the border of the head, but each
-- ventricle, too, has a white left side and a black right side. The spot kernel is white in thin and small bright
-- things, and nearly grey inside large ones: it sees too little of them. No kernel tells a lesion from fluid by itself.
-- A network stacks many, and it *learns* their weights.
--
-- A layer has several **channels**. Its result's channel $o$ is the sum over the input's channels $i$, each convolved
-- ($*$, as above) with a kernel of its own: $y_o = \sum_i k_{o,i} * x_i$. So a layer from 16 to 32 channels has
-- $32 \cdot 16$ kernels.
--
-- ## What a voxel sees
-- One 3x3x3 kernel sees 3 voxels along each side. A second one, applied to the first one's result, sees 3 of *its*
-- voxels, each of which has seen 3. The part of the input that a voxel of the result depends on is its **receptive
-- field**. The gradient of one voxel of the result shows it: it is 0 outside.
--
-- **What do you expect?** How many voxels along a side do three such kernels see, one after the other: 5, 7, 9 or 27?
-- And are all of them equally important?

-- %%
function field_gradient(strides)                                -- the gradient of the middle voxel of the result
    local input = torch.zeros(1, 1, 33, 33, 33, {requires_grad = true})
    local x = input
    for _, stride in ipairs(strides) do
        x = nn.functional.conv3d(x, torch.full({1, 1, 3, 3, 3}, 1 / 27), {stride = stride, padding = 1})
    end
    local middle = (x:size(3) + 1) // 2
    x[{1, 1, middle, middle, middle}]:backward()
    return input.grad[{1, 1}]
end
-- gt (above), eq (equal) and ne (not equal) compare each element, and give 1 or 0.
function width(gradient) return gradient:sum({1, 2}):gt(0):sum():item() end
shown = {}
for layers = 1, 3 do
    local strides = {}
    for i = 1, layers do strides[i] = 1 end
    local gradient = field_gradient(strides)
    print(("%d layers see %d voxels along a side"):format(layers, width(gradient)))
    shown[layers] = gradient[17][{{9, 25}, {9, 25}}]
    shown[layers] = shown[layers] / shown[layers]:max()
end
plot.images({{title = "1, 2 and 3 blurs; white is the largest weight", images = torch.stack(shown)}},
    {title = "What the middle voxel depends on, in one slice", columns = 3, pixel = 7})

-- %% [markdown]
-- Each layer adds 2, and the middle counts most. That is slow: to see a whole brain one would need dozens of layers.
-- With strides it goes faster, because a step of one voxel in a halved volume is a step of two in the original.
--
-- **Exercise 3.** Write `receptive_field(strides)`: the number of input voxels along a side that one voxel of the
-- result sees after layers of 3x3x3 kernels with these strides, such as `{1, 2, 1}`. Keep two `local` numbers: the
-- field so far, and how many voxels of the input one step is. `width(field_gradient{1, 2, 1})` tells by the gradient if
-- you are right.

-- %%
receptive_field = nil  -- your function here

-- %% tags=["solution"]
-- A kernel reaches one step further on both sides. Its stride makes the steps of the *next* layers longer, not its own.
function receptive_field(strides)
    local field, step = 1, 1
    for _, stride in ipairs(strides) do
        field = field + 2 * step
        step = step * stride
    end
    return field
end
for _, strides in ipairs{{1, 1}, {1, 2, 1}, {2, 2, 1, 1}} do
    print(("strides %s: %d, by the gradient %d"):format(table.concat(strides, ", "), receptive_field(strides),
        width(field_gradient(strides))))
end

-- %% tags=["answer"]
local function variant(start, before, grow)
    return function(strides)
        local field, step = start, 1
        for _, stride in ipairs(strides) do
            if before then step = step * stride end
            field = grow(field, step, stride)
            if not before then step = step * stride end
        end
        return field
    end
end
local function add(field, step) return field + 2 * step end
local wrong = {
    no_strides = variant(1, false, function(field) return field + 2 end),
    early = variant(1, true, add),
    from_zero = variant(0, false, add),
    one_side = variant(1, false, function(field, step) return field + step end),
    times = variant(1, false, function(field) return field * 3 end),
    last_stride = variant(1, false, function(field, _, stride) return field + 2 * stride end),
    three = variant(1, false, function(field, step) return field + 3 * step end),
}
check.answer("receptive_field", receptive_field, {
    almost = 0,
    inputs = {{{1}}, {{1, 1, 1}}, {{2, 1}}, {{1, 2, 1}}, {{2, 2, 2, 1}}, {{1, 2, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1}}},
    mistakes = {
        {wrong.no_strides, "strides make the steps of later layers longer"},
        {wrong.early, "a stride makes the steps of the layers after it longer, not of its own"},
        {wrong.from_zero, "without any layer a voxel sees itself: begin with 1"},
        {wrong.one_side, "a kernel reaches one step further on both sides"},
        {wrong.times, "fields do not multiply: neighbouring voxels have seen mostly the same"},
        {wrong.last_stride, "steps multiply: after two strides of 2 a step is 4 voxels"},
        {wrong.three, "of the kernel's three voxels the middle one was counted before: it adds two steps"},
    }})
assert(receptive_field{1, 2, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1} == 101)      -- the text below says so
check.expect("receptive_field", "missing", nil)
check.expect("receptive_field", "right", receptive_field)
check.expect("receptive_field", "wrong type", 7)
check.expect("receptive_field", "almost", function(strides) return 2 * receptive_field(strides) end)
check.expect("receptive_field", "wrong", function(strides) return 3 ^ #strides + #strides end)
check.expect("receptive_field", "wrong", function(strides) return strides.none.none end)
check.expect("receptive_field", "wrong type", function(strides) return {receptive_field(strides)} end)
for _, mistake in pairs(wrong) do check.expect("receptive_field", "almost", mistake) end

-- %%
check("receptive_field", receptive_field)

-- %% [markdown]
-- ## Down and up again: the U-Net
-- Whether a bright voxel is lesion or fluid depends on what lies around it, so a network has to see far. But the mask
-- must be exact to a voxel. The **U-Net** (Ronneberger et al. 2015; in 3D Çiçek et al. 2016) does both:
--
-- - on the way **down**, layers with stride 2 halve the sides three times. At the bottom, steps are 8 voxels long, and
--   with the strides of our network, `{1, 2, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1}`, exercise 3 gives a receptive field of
--   101: more than the whole volume;
-- - on the way **up**, the volume is enlarged again by interpolation;
-- - at each level a **skip** carries the result of the way down over to the way up, so that details are not lost.
--
-- We use the network of Kuzina et al. (2019), in the smaller of two forms (`short`). A skip is *summed* with the way
-- up. Before each convolution but the first and the last come an *instance normalisation*, which brings each channel to
-- mean 0 and variance 1, and a ReLU. Each block adds its input to its result (He et al. 2016); where sides or channels
-- change, a layer of 1x1x1 kernels (`down`, `upsample.0`) makes the input fit first. We put the blocks together by
-- hand, and see what size things have on the way. The last two columns are of 3x3x3 kernels only (`out` has none): how
-- many there are, and millions of multiplications, M.

-- %%
net = nn.UNet{variant = "short"}
print(("%-10s%-17s%7s%6s"):format("block", "channels x sides", "kernels", "M"))
function tell(level, name, block, result)
    local weights, shape = 0, result.shape
    for _, parameter in ipairs(block:named_parameters()) do
        if parameter[2]:size(3) == 3 then weights = weights + parameter[2]:numel() end
    end
    local voxels = shape[3] * shape[4] * shape[5]
    local size = ("  "):rep(level) .. shape[2] .. " x " .. table.concat(shape, "x", 3)
    print(("%-10s%-17s%7d%6.0f"):format(name, size, weights / 27, weights * voxels / 1e6))
    return result
end

function down(level, name, x, halves)
    local block = net[name]
    local result = block.conv_2(block.conv_1(x)) + (halves and block.down(x) or x)
    return tell(level, name, block, result)
end
function up(level, name, x, skip)
    local block = net[name]
    local sum = nn.functional.upsample(block["upsample.0"](x), 2) + skip
    return tell(level, name, block, sum + block.conv_2(block.conv_1(sum)))
end

input = torch.randn(1, 1, 32, 40, 32)
local level_0 = tell(0, "init_conv", net.init_conv, net.init_conv(input))
local level_1 = down(1, "down2", down(1, "down1", level_0, true))
local level_2 = down(2, "down4", down(2, "down3", level_1, true))
local level_3 = down(3, "down6", down(3, "down5", level_2, true))
local result = up(0, "up3", up(1, "up2", up(2, "up1", level_3, level_2), level_1), level_0)
by_hand = tell(0, "out", net.out, net.out(result))
print("the same as the network:", by_hand:allclose(net(input), {atol = 1e-4}))

-- %%
kernels = 0
for _, group in ipairs(net.kernel_layers) do
    for _, path in ipairs(group) do kernels = kernels + net:layer(path).weight:numel() / 27 end
end
print(("%d kernels of 3x3x3 weights: %.1f%% of the network's %d parameters"):format(kernels,
    100 * 27 * kernels / net.num_parameters, net.num_parameters))

-- %% [markdown]
-- Read the table as a U that lies on its side. Where sides are halved, there are an eighth as many voxels, so the wide
-- layers at the bottom cost little, and it is they that see far. The last layer gives two numbers for each voxel, one a
-- class. Nearly all that this network can learn is in its 3x3x3 kernels: this is why the course asks what can be known
-- about kernels beforehand.
--
-- (One thing goes beyond the receptive field: the mean and variance of an instance normalisation are those of the whole
-- volume, so every voxel has a little influence everywhere.)
--
-- ## How good is a mask?
-- **Segmentation** gives each voxel a class: 0 for healthy, 1 for lesion. The voxels of class 1 are a **mask**.
-- Compared with the truth, a voxel can be a true positive (TP), a false positive (FP), a false negative (FN) or a true
-- negative. **Accuracy** is the share of voxels that are right. The **Dice score** (Dice 1945) leaves true negatives
-- out:
--
-- $$\mathrm{Dice} = \frac{2\,\mathrm{TP}}{2\,\mathrm{TP} + \mathrm{FP} + \mathrm{FN}}$$
--
-- It is 1 where mask and truth agree (two empty masks do), and else 0 where they share no voxel.

-- %%
function dice(mask, truth)
    local tp = (mask * truth):sum():item()
    local fp, fn = mask:sum():item() - tp, truth:sum():item() - tp
    return 2 * tp / (2 * tp + fp + fn)
end
function accuracy(mask, truth) return mask:eq(truth):mean():item() end

first = truth.data
bright = scan.data:gt(800)
print("the same as the library's:", math.abs(dice(bright, first) - volumes.dice(bright, first)) < 1e-6)

-- %% [markdown]
-- **What do you expect?** Here are four masks of the volume that you have seen. One marks nothing at all, one every
-- voxel brighter than 800, one all lesions but with a rim of one voxel around each, one the largest lesion alone. Which
-- of them is better than to mark nothing, by accuracy and by Dice?

-- %%
rim = apply(torch.ones(3, 3, 3), first):gt(0.5)                 -- where any of the 27 voxels is one of a lesion
numbers, parts = volumes.components(first)                      -- lesions 1, 2, ..., and the size of each
largest = 1
for i, part in ipairs(parts) do
    if part.voxels > parts[largest].voxels then largest = i end
end
print("mask              accuracy    Dice")
for _, row in ipairs{{"nothing", torch.zeros_like(first)}, {"brighter than 800", bright}, {"lesions and rim", rim},
    {"largest lesion", numbers:eq(largest)}} do
    print(("%-17s %8.4f %7.2f"):format(row[1], accuracy(row[2], first), volumes.dice(row[2], first)))
end

-- %% [markdown]
-- To mark nothing is right in more than 99 of 100 voxels, because lesions are so rare. By accuracy it even beats the
-- mask that covers every lesion. By Dice it is the worst there can be. So accuracy is of no use where lesions are
-- small.
--
-- **Exercise 4.** Dice treats small and large lesions differently. A lesion is a cube with sides of 4 voxels. A mask
-- has the same shape, but lies one voxel too far along each of the three axes. What is its Dice? And with sides of 8?
-- Put both numbers into `shifted_dice`. Think first, then try it with `volumes.dice`.

-- %%
shifted_dice = nil  -- your answer here, such as {0.1, 0.2}

-- %% tags=["solution"]
-- The overlap is a cube whose side is one voxel shorter: Dice = 2 (s - 1)^3 / (2 s^3). The same error of one voxel
-- costs a small lesion far more, as it is nearly all border.
shifted_dice = {}
for i, side in ipairs{4, 8} do
    local lesion, mask = torch.zeros(12, 12, 12), torch.zeros(12, 12, 12)
    lesion[{{1, side}, {1, side}, {1, side}}] = 1
    mask[{{2, side + 1}, {2, side + 1}, {2, side + 1}}] = 1
    shifted_dice[i] = volumes.dice(mask, lesion)
end

-- %% tags=["answer"]
local small, large = shifted_dice[1], shifted_dice[2]
local one_axis = "that is a shift along one axis; here it is along all three"
local two_axes = "that is a shift along two axes; here it is along all three"
check.answer("shifted_dice", shifted_dice, {tolerance = 0.01, almost = 0.02, mistakes = {
    {{3 / 4, 7 / 8}, one_axis}, {{3 / 4, large}, "the first: " .. one_axis},
    {{small, 7 / 8}, "the second: " .. one_axis},
    {{9 / 16, 49 / 64}, two_axes}, {{9 / 16, large}, "the first: " .. two_axes},
    {{small, 49 / 64}, "the second: " .. two_axes},
    {{1 / 8, 27 / 64}, "that is a shift by two voxels along each axis"},
    {{27 / 101, 343 / 681}, "that is the intersection over the union, IoU; Dice is 2 TP / (2 TP + FP + FN)"},
    {{27, 343}, "these are the true positives; put them into the formula"},
    {{large, small}, "the order: first sides of 4, then sides of 8"},
    {{1 - small, 1 - large}, "that is 1 - Dice: how much is lost"},
    {{0, 0}, "a part of both cubes overlaps"},
    {{27 / 91, 343 / 853}, "TP counts twice below the line, too"},
}})
check.expect("shifted_dice", "missing", nil)
check.expect("shifted_dice", "right", {27 / 64, 343 / 512})
check.expect("shifted_dice", "right", {0.42, 0.67})
check.expect("shifted_dice", "wrong type", small)
check.expect("shifted_dice", "wrong type", torch.tensor(shifted_dice))
check.expect("shifted_dice", "wrong shape", {small})
for _, value in ipairs{{3 / 4, 7 / 8}, {9 / 16, 49 / 64}, {27 / 101, 343 / 681}, {27, 343}, {large, small},
    {1 - small, 1 - large}, {small / 2, large / 2}, {0.43, 0.68}, {9 / 16, large}, {small, 7 / 8},
    {1 / 8, 27 / 64}} do
    check.expect("shifted_dice", "almost", value)
end
check.expect("shifted_dice", "wrong", {0.6, 0.6})

-- %%
check("shifted_dice", shifted_dice)

-- %% [markdown]
-- ## A rival with one number: the threshold
-- Before anything is learnt, the simplest method should be tried: to mark all voxels that are brighter than a number.
-- From here on we use phantoms with voxels of nearly 5 mm, so that training takes seconds. `volumes.prepare` makes a
-- network's input of a scan: it crops to the brain, brings intensities to mean 0 and standard deviation 1 within it (so
-- that scanners matter less), and pads with zeros to sides that can be halved three times. Around the brain it leaves
-- 0, the mean, which pictures show as grey. The brain has a dark rim there, of voxels that are half brain and half
-- nothing.
--
-- **What do you expect?** The same heads as T2 and as FLAIR scans (lesions are bright in both): how do the intensities
-- of lesions lie among those of the brain? For which kind of scan does a threshold suffice?

-- %%
function make(first, count, contrast)
    local samples = {}
    for i = 1, count do
        local seed = 1000 * seed + first + i
        local scan, truth = volumes.phantom{kind = "ms", contrast = contrast, size = {32, 36, 32}, seed = seed}
        samples[i] = volumes.prepare(scan, truth)
    end
    return samples
end
pool = make(0, draws * many, "t2")                              -- to learn from
unseen = make(100, 8, "t2")                                     -- to judge by
flair_pool, flair_unseen = make(0, #pool, "flair"), make(100, #unseen, "flair")
print("image " .. table.concat(pool[1].image.shape, " x ") .. ", label " .. table.concat(pool[1].label.shape, " x "))

function intensities(samples)
    local brain, lesion = {}, {}
    for i, sample in ipairs(samples) do
        local image, label = sample.image[{1, 1}], sample.label[1]
        lesion[i] = image:masked_select(label:gt(0))
        brain[i] = image:masked_select(image:ne(0):logical_and(label:eq(0)))
    end
    return torch.cat(brain), torch.cat(lesion)
end
function compare(samples, title, limit)
    local brain, lesion = intensities(samples)
    print(("above %.1f: %d of %d voxels of lesions, %d of %d others"):format(limit, lesion:gt(limit):sum():item(),
        lesion:numel(), brain:gt(limit):sum():item(), brain:numel()))
    return plot.histogram({["lesions"] = lesion, ["rest of the brain"] = brain}, {title = title,
        x = "intensity after preparation", density = true, bins = 60, range = {-4, 6}, size = {460, 240}})
end
compare(unseen, "T2", 1)

-- %%
compare(flair_unseen, "FLAIR", 1.5)

-- %%
function mean_dice(samples, mark)
    local sum = 0
    for _, sample in ipairs(samples) do sum = sum + volumes.dice(mark(sample), sample.label[1]) end
    return sum / #samples
end
function threshold(samples)                                     -- the one with the best Dice, as a way to mark
    local best, limit = -1, 0
    for tenth = -20, 40 do
        local found = mean_dice(samples, function(sample) return sample.image[{1, 1}]:gt(tenth / 10) end)
        if found > best then best, limit = found, tenth / 10 end
    end
    return function(sample) return sample.image[{1, 1}]:gt(limit) end
end
print(("threshold found on one volume, Dice on unseen ones: T2 %.2f, FLAIR %.2f"):format(
    mean_dice(unseen, threshold({pool[1]})), mean_dice(flair_unseen, threshold({flair_pool[1]}))))

-- %% [markdown]
-- On the FLAIR phantoms lesions are brighter than all else, and a threshold found on a *single* volume marks nearly all
-- of them right. (Phantoms are easier than patients here. But it is why FLAIR scans are made when MS is suspected.) On
-- the T2 phantoms lesions and fluid overlap, and the same method fails. Each curve has the area 1, though the rest of
-- the brain has far more voxels: even its small part under the peak of the lesions is far more than all lesions. (On
-- the far left lies the dark rim, and on FLAIR the fluid.)
--
-- Keep this in mind for the whole course. A threshold is a method with one number and a strong **prior belief** built
-- in: lesions are the brightest. Where a belief is true, one volume is enough. Where it is false, no number of volumes
-- helps. A network believes far less beforehand, so it can learn T2, too. What does it pay for that?
--
-- ## What training makes smaller
-- A network gives two numbers for each voxel, and a softmax makes probabilities of them. Let $p_v$ be that of class 1
-- at voxel $v$, and $t_v$ the truth, 0 or 1. The loss is a sum of two. The **cross entropy** is a mean over the $V$
-- voxels,
--
-- $$-\frac{1}{V} \sum_v \left(t_v \log p_v + (1 - t_v) \log (1 - p_v)\right)$$
--
-- and the **Dice loss** (Milletari et al. 2016) puts probabilities into the Dice score. The small $\epsilon$ keeps it
-- from dividing by 0:
--
-- $$1 - \frac{2 \sum_v p_v t_v + \epsilon}{\sum_v p_v + \sum_v t_v + \epsilon}$$

-- %%
loss_of = nn.SegmentationLoss()
logits = torch.no_grad(function() return net(pool[1].image) end)
p, t = logits:softmax(2)[{1, 2}], pool[1].label[1]              -- first volume, class 1: classes count from 0
cross_entropy = -(t * p:log() + (1 - t) * (1 - p):log()):mean():item()
dice_loss = 1 - (2 * (p * t):sum():item() + 1e-3) / (p:sum():item() + t:sum():item() + 1e-3)
print(("by hand %.6f, by the library %.6f"):format(cross_entropy + dice_loss,
    loss_of(logits, pool[1].label):item()))

-- %% [markdown]
-- Why both? Think of a network that has learnt nothing but how rare lesions are: it gives *every* voxel the probability
-- $s$, the share of lesion voxels.
--
-- **Exercise 5.** What is the Dice loss of this network? Write it as a function `flat_dice_loss(s)`; leave $\epsilon$
-- out. There are $V$ voxels, and $s V$ of them have $t = 1$.

-- %%
flat_dice_loss = nil  -- your function here

-- %% tags=["solution"]
-- sum p t = s * s V, sum p = V s, sum t = s V. So 1 - 2 s s V / (2 s V) = 1 - s.
function flat_dice_loss(s) return 1 - s end

-- %% tags=["answer"]
local function entropy(s) return -s * math.log(s) - (1 - s) * math.log(1 - s) end
local wrong = {
    {function(s) return s end, "that is the Dice score; the loss is 1 minus it"},
    {function(s) return 1 - 2 * s end, "do not forget that two sums stand below the line"},
    {function(s) return 1 - s / 2 end, "do not forget the 2 above the line"},
    {function() return 0 end, "it marks nothing right, or does it? Count with probabilities"},
    {function() return 1 end, "nearly, where s is small; but the sum of p t is not 0"},
    {entropy, "that is the cross entropy"},
    {function(s) return 1 - 2 * s / (1 + s) end, "that is for p = 1 everywhere; here it is s"},
    {function(s) return 1 - 2 * s ^ 2 / (1 + s) end, "below the line, too, p is s, not 1"},
    {function(s) return 1 - 2 * s ^ 2 / (s + s ^ 2) end, "the sum of p is V times s, not V times s squared"},
}
check.answer("flat_dice_loss", flat_dice_loss, {almost = 0, inputs = {{0.5}, {0.25}, {0.1}, {0.002}}, mistakes = wrong})
check.expect("flat_dice_loss", "missing", nil)
check.expect("flat_dice_loss", "right", function(s) return 1 - s ^ 2 / s end)
check.expect("flat_dice_loss", "wrong type", 0.998)
check.expect("flat_dice_loss", "wrong", function(s) return math.huge end)
check.expect("flat_dice_loss", "wrong", function(s) return 1 - s ^ 2 end)
check.expect("flat_dice_loss", "almost", function(s) return s - 1 end)
for _, mistake in ipairs(wrong) do check.expect("flat_dice_loss", "almost", mistake[1]) end

-- %%
check("flat_dice_loss", flat_dice_loss)

-- %%
share = pool[1].label:mean():item()
flat = torch.zeros_like(logits)
flat[{1, 2}] = math.log(share / (1 - share))                    -- so that the softmax gives the share everywhere
print(("share of lesions %.4f: cross entropy %.4f, Dice loss %.4f"):format(share,
    nn.functional.cross_entropy(flat, pool[1].label):item(), nn.functional.dice_loss(flat, pool[1].label):item()))

-- %% [markdown]
-- For the cross entropy this useless network is nearly perfect already: it is the smooth relative of accuracy. The Dice
-- loss is nearly as large as it can be, so there is much left to win. The cross entropy in turn judges every voxel by
-- itself, and so has something to say of volumes without any lesion, too; there the Dice loss is nearly 1, almost
-- whatever the network says. Their sum is a common choice (such as that of nnU-Net, Isensee et al. 2021).
--
-- ## Training
-- Now the U-Net learns T2, from `many` volumes, one volume a step. The first weights are ten
-- times smaller than usual (`initial_scale`), and the steps are larger than usual (`lr`) to make up for it. This is for
-- lesson 4: large random first weights would hide in the kernels what training adds.
--
-- **What do you expect:** what Dice will it reach on the volumes that it learns from, and on those it has never seen?

-- %%
function train(samples)
    local net = nn.UNet{variant = "short", initial_scale = 0.1}
    local optimizer, losses = optim.Adam(net, {lr = 1e-2}), {}
    for step = 1, steps do
        local sample = samples[(step - 1) % #samples + 1]
        local loss = loss_of(net(sample.image), sample.label)
        optimizer:zero_grad()
        loss:backward()
        optimizer:step()
        losses[step] = loss:item()
    end
    return net, losses
end
function marks(net)                                             -- a network as a way to mark
    return function(sample)
        local logits = torch.no_grad(function() return net(sample.image) end)
        return logits:softmax(2)[{1, 2}]:gt(0.5)
    end
end

torch.manual_seed(seed)
train_set = table.move(pool, 1, many, 1, {})                    -- the first `many`
net, losses = train(train_set)
print(("Dice: %.2f on the %d volumes that it learnt from, %.2f on %d unseen ones"):format(
    mean_dice(train_set, marks(net)), #train_set, mean_dice(unseen, marks(net)), #unseen))
plot.curves({loss = losses}, {title = "A U-Net learns to find lesions", x = "step", y = "loss", smooth = #train_set})

-- %% [markdown]
-- The pale line has each step, the dark one means over `many` steps. Look at the first steps. The loss soon comes to
-- about 1 and stays there for a while: this is the network of exercise 5, which has learnt that lesions are rare, and
-- nothing else. Only then it begins to find them. The curve is not smooth, because volumes differ and steps are large.
--
-- Here is what the network marks, beside the truth, in a volume that it learnt from, and in the best and the worst of
-- those that it did not.

-- %%
scores = {}
for i, sample in ipairs(unseen) do scores[i] = volumes.dice(marks(net)(sample), sample.label[1]) end
worst, best = torch.tensor(scores):argmin():item(), torch.tensor(scores):argmax():item()
function row(title, sample)
    local mask = marks(net)(sample)
    return {title = title, scan = sample.image[{1, 1}], truth = sample.label[1], maps = {mask},
        captions = {("Dice %.2f"):format(volumes.dice(mask, sample.label[1]))}}
end
plot.slices({row("learnt from", pool[1]), row("unseen, best", unseen[best]), row("unseen, worst", unseen[worst])},
    {columns = {"marked"}, title = "What the network marks"})

-- %% [markdown]
-- ## The gap that the course is about
-- The same network, from 1, 2 and `many` volumes, with the same number of steps. Each number of volumes is tried
-- `draws` times, with other volumes and other first weights. The threshold is found on the same volumes.
--
-- **What do you expect?** Which of the two curves, Dice on the training volumes and on unseen ones, rises with the
-- number of volumes? What does the threshold do?

-- %%
curves = {{name = "volumes learnt from"}, {name = "unseen volumes"}, {name = "unseen, a threshold"}}
for _, curve in ipairs(curves) do curve.x, curve.y, curve.errors = {}, {}, {} end
print("volumes  draw  learnt  unseen  threshold")
for place, count in ipairs{1, 2, many} do
    local found = torch.zeros(#curves, draws)
    for draw = 1, draws do
        local first = (draw - 1) * many
        local samples = table.move(pool, first + 1, first + count, 1, {})
        torch.manual_seed(seed + draw - 1)
        -- The network of the last section is one of them: it need not learn twice.
        local network = draw == 1 and count == #train_set and net or train(samples)
        found[{1, draw}] = mean_dice(samples, marks(network))
        found[{2, draw}] = mean_dice(unseen, marks(network))
        found[{3, draw}] = mean_dice(unseen, threshold(samples))
        print(("%7d  %4d  %6.2f  %6.2f  %9.2f"):format(count, draw, found[{1, draw}]:item(),
            found[{2, draw}]:item(), found[{3, draw}]:item()))
    end
    for i, curve in ipairs(curves) do
        curve.x[place], curve.y[place] = count, found[i]:mean():item()
        curve.errors[place] = (found[i]:max():item() - found[i]:min():item()) / 2
    end
end
plot.curves(curves, {title = "Dice against the number of volumes", x = "volumes to learn from", y = "Dice",
    y_range = {0, 1}})

-- %% [markdown]
-- Points are means over the draws (moved apart a little, so that none hides another); a bar is as long as the draws lie
-- apart. The last column is the Dice of the threshold on unseen volumes. From a single volume the network learns that
-- volume nearly by heart, which is no wonder with hundreds of thousands of weights. It is of little use on others: very
-- many settings of the weights explain one volume, and most of these are wrong about the next patient. With more
-- volumes the **gap** between the curves gets narrower. What counts is that unseen volumes get better. Those learnt
-- from get worse here, mainly because each is seen less often in the same number of steps: with `steps = 300` that
-- curve stays near 1. At the right end the gap is still there. The threshold gains nothing from more volumes, since its
-- belief is false.
--
-- Two draws are few. That the ends of the curves differ is plain to see, but a difference of a few hundredths would
-- mean nothing here.
--
-- Few volumes are not enough on patients, either. On real brain tumours a U-Net that started from random weights
-- reached a Dice of .62 from 5 volumes and .70 from 20 (Kuzina et al. 2019, read off their figure), and a clinic often
-- has no more. There are two ways out: mark more volumes, or *know something beforehand* that is true, as the threshold
-- does on FLAIR. The course looks for such knowledge in the kernels of networks that learnt another task.
--
-- **Exercise 6.** Three networks. A has a Dice of .97 on the volumes that it learnt from and .20 on unseen ones; B has
-- .35 and .31; C has .88 and .85. What does each need most?
--
-- 1. more steps, or better ones;
-- 2. more volumes, or knowledge from elsewhere;
-- 3. nothing much.
--
-- Put three numbers, for A, B and C, into `needs`.

-- %%
needs = nil  -- your answer here, such as {3, 3, 3}

-- %% tags=["solution"]
-- First look at the volumes that it learnt from: who is bad even there has not finished learning. Then look at the gap.
local function need(learnt, unseen)
    if learnt < 0.6 then return 1 end
    return learnt - unseen > 0.3 and 2 or 3
end
needs = {need(0.97, 0.20), need(0.35, 0.31), need(0.88, 0.85)}

-- %% tags=["answer"]
local more_steps = "A has learnt its volumes by heart: more steps cannot tell it what other patients look like"
local not_done = "B is not even good on the volumes that it learnt from: more of them come later"
local fine = "C is nearly as good on unseen volumes as on its own, and good on both"
local hints = {
    {more_steps, nil, "A fails on unseen volumes"},
    {nil, not_done, "a small gap is no merit of B: it is bad on both"},
    {fine, fine},
}
local mistakes = {}                                             -- the hint for the first that is wrong, if one is right
for a = 1, 3 do
    for b = 1, 3 do
        for c = 1, 3 do
            local hint = hints[1][a] or hints[2][b] or hints[3][c]
            if hint and (a == 2 or b == 1 or c == 3) then mistakes[#mistakes + 1] = {{a, b, c}, hint} end
        end
    end
end
check.answer("needs", needs, {almost = 0, mistakes = mistakes})
check.expect("needs", "missing", nil)
check.expect("needs", "right", {2, 1, 3})
check.expect("needs", "wrong type", "2, 1, 3")
check.expect("needs", "wrong type", torch.tensor{2, 1, 3})
check.expect("needs", "wrong shape", {2, 1})
for _, value in ipairs{{1, 2, 3}, {1, 1, 3}, {2, 2, 3}, {2, 1, 2}, {2, 3, 3}, {3, 1, 2}, {2, 2, 1}, {3, 2, 3}} do
    check.expect("needs", "almost", value)
end
check.expect("needs", "wrong", {1, 2, 2})
check.expect("needs", "wrong", {1, 3, 2})

-- %%
check("needs", needs)

-- %% [markdown]
-- ## A bad case
-- A mean hides the patient for whom a method fails. So look at the unseen volume with the lowest Dice once more, lesion
-- by lesion, and at the slice with the most errors, cut out around them. A lesion counts as found if a single voxel of
-- it is marked. The marks, too, are taken in their connected **parts**.
--
-- **What do you expect?** Does the network miss whole lesions, mark places where there is none, or mark lesions too
-- small?

-- %%
sample = unseen[worst]
mask, label = marks(net)(sample), sample.label[1]
function touched(mask, other)                                   -- how many parts of one mask touch the other
    local numbers, parts = volumes.components(mask)
    local count = 0
    for i = 1, #parts do
        if (numbers:eq(i) * other):sum():item() > 0 then count = count + 1 end
    end
    return count, #parts
end
print(("lesions found: %d of %d"):format(touched(label, mask)))
hits, marked = touched(mask, label)
print(("parts of the marks: %d, %d of them where there is no lesion"):format(marked, marked - hits))
print(("voxels: %d of lesions, %d missed, %d too many"):format(label:sum():item(), (label * (1 - mask)):sum():item(),
    (mask * (1 - label)):sum():item()))
function span(sums)                                             -- from 3 before the first above 0 to 3 after the last
    local first, last = sums:gt(0):argmax():item(), #sums + 1 - sums:gt(0):flip(1):argmax():item()
    return {math.max(first - 3, 1), math.min(last + 3, #sums)}
end
errors = (mask - label):abs()
slice = errors:sum({2, 3}):argmax():item()
cut = {{slice, slice}, span(errors[slice]:sum(2)), span(errors[slice]:sum(1))}
plot.slices({{title = "unseen, worst", scan = sample.image[{1, 1}][cut], truth = label[cut], maps = {mask[cut]}}},
    {columns = {"marked"}, title = "The slice with the most errors"})

-- %% [markdown]
-- Look for orange without yellow, and for yellow without orange. Compare the three lines: even where most lesions are
-- found, half of their voxels may be missing. With so few voxels of lesion a handful of errors decides the Dice score
-- (exercise 4). The mask itself does not tell that it is a bad one. Later lessons build networks that know where they
-- are unsure (Bayesian neural networks): their second use, beside knowledge from elsewhere.
--
-- ## Kept for lesson 4
-- The network is kept with the paths of its layers, and `nn.load` makes it again. `study.write_text` makes the folder,
-- with a text that says what the file is.

-- %%
about = ("a short U-Net with small first weights, %d steps on %d phantoms with MS (T2), seed %d"):format(
    steps, #train_set, seed)
study.write_text("course/lesson-2.txt", "lesson-2.safetensors: " .. about .. ".\n")     -- makes the folder, too
net:save("course/lesson-2.safetensors", {notes = {about = about}})
again = nn.load("course/lesson-2.safetensors")
print("reads back the same:", marks(again)(sample):equal(mask))

-- %% [markdown]
-- ## What you have learnt
-- - A scan is a volume of voxels with a spacing. Its intensities depend on the kind of scan.
-- - A convolution moves a small kernel through the volume. Layers and strides widen what a voxel sees. A U-Net sees far
--   and is exact, and nearly all its parameters are 3x3x3 kernels.
-- - Where lesions are small, accuracy says nothing. Dice leaves the healthy background out, and is strict with small
--   lesions.
-- - A true belief needs little data, a false one cannot be mended by data. A network believes little, and learns few
--   volumes by heart. The gap between seen and unseen volumes is what a good prior should close.
--
-- Try `many = 12` alone, `steps = 300` alone, then both. (Alone, 12 volumes are worse: each is seen only about eight
-- times. More steps alone learn 6 volumes nearly by heart, and leave a gap. Both together close most of it. 300 steps
-- take three to five times as long.) Lesson 3 turns beliefs into probabilities: what a prior and a posterior are.
-- Lesson 4 looks at the kernels that you have kept.

-- %%
for _, row in ipairs(check.results()) do print(("%-16s %s"):format(row.name, row.verdict)) end
