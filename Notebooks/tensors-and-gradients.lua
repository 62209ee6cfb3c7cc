-- %% [markdown]
-- # Tensors, gradients and fitting, in Lua
-- This course is about one question: how does a network learn to segment scans when there are only five of them? First,
-- you need the tools: **tensors**, the arrays that scans and weights are kept in; **gradients**, which tell how a loss
-- changes with each weight; and **fitting**, which follows gradients downhill. Each is written as a plain loop, then
-- done by the library, and both are compared. At the end a network learns five points by heart, which is the problem
-- that the other lessons are about.
--
-- You should know what a neural network is, and some Python. You need no Lua, no statistics, and nothing about scans.
-- It takes 80 to 110 minutes to read and try, and less than half a minute to compute. It keeps its points and its
-- fitted network in the file `course/lesson-1.safetensors`.
--
-- In an exercise, replace `nil` by your answer, then run that cell and the `check` below it, as often as you like. ✓ is
-- right, ≈ almost, ✗ wrong, and ? says that there is no answer yet. `help(torch.randn)` explains a name. In Jupyter,
-- Lunette is a kernel (`lunette jupyter install`). Without Jupyter, edit the file and run all of it:
--
--     lunette notebook run --keep-going tensors-and-gradients-student.ipynb -o out.ipynb
--     lunette notebook convert --to html out.ipynb

-- %% tags=["parameters"]
-- How often the experiments with few points are repeated, for how many steps networks learn, and from which points.
repetitions = 20
steps = 1000
seed = 1

-- %% [markdown]
-- ## Lua in five minutes
-- Lua looks much like Python without colons and indentation: blocks end with `end`. Comments begin with `--`. Read
-- each line and guess what it prints.

-- %%
-- .. joins texts, // rounds down.
count, name = 3, "volume"
print(name .. "s", count / 2, count // 2)

-- Both ends are included.
for i = 1, count do io.write(i, " ") end
print()

-- An argument left out is nil.
function area(width, height)
    height = height or width
    return width * height, 2 * (width + height)
end

-- Two results; _ is for one not used.
print(area(3, 4))
_, perimeter = area(5)

-- The same as function half(x) ... end;
-- as an argument it needs no name.
half = function(x) return x / 2 end
print(half(perimeter))

-- A text needs ( ) before its method.
print(("%.2f is close to pi"):format(math.pi))

-- %% [markdown]
-- **Tables** are Lua's lists and dictionaries in one. Lists count from **1**, and `#` is their length. A name that is
-- not there is `nil`, and no error.

-- %%
-- Python's append. There is no [0].
sizes = {5, 10, 20}
sizes[#sizes + 1] = 50
print(#sizes, sizes[1], sizes[#sizes], sizes[0])

-- A list in its order, like enumerate.
for i, n in ipairs(sizes) do io.write(i, ":", n, " ") end
-- print(sizes) shows no elements.
print("all: " .. table.concat(sizes, ", "))

-- options.lr is options["lr"].
options = {lr = 0.1, steps = 200}
options.momentum = 0.9
-- All names, in any order.
for key, value in pairs(options) do options[key] = value * 2 end
print(options.lr, options.steps, options.momentum, options.colour)
print(0 and "0 is true" or "0 is false")

-- %% [markdown]
-- These habits of Python lead astray:
--
-- | Python | Lua |
-- |---|---|
-- | `a ** 2`, `a += 1` | `a ^ 2`, `a = a + 1` |
-- | `if a != b: f()` | `if a ~= b then f() end` |
-- | `None`, `True` | `nil`, `true` |
-- | `f(a, lr=0.1)` | `f(a, {lr = 0.1})` |
-- | `f(lr=0.1)` | `f{lr = 0.1}` |
--
-- Named options go into a table, and a table alone needs no parentheses. `True` is a name that is not there, so it is
-- `nil`. Only `nil` and `false` are false, so `0` is true. A variable is global unless it is `local`. A `local` lives
-- until the end of its function, loop or other block; outside of them, it is still there in later cells. And the end
-- of a line means nothing: one that begins with `(` goes on with the line before it, as the arguments of a call.
--
-- ## A volume is a tensor
-- Magnetic resonance imaging makes a **volume**: one number, a brightness, for each small box of a head. The box is
-- called a **voxel**. To the program, a volume is a tensor with three dimensions: depth, height, width. Ours is a
-- **phantom**, a made-up head with a tumour, so that nobody's data are needed.
--
-- Indices count from 1, negative ones from the end, and ranges include both ends. The index of several dimensions is a
-- table, with a number for one place, `{first, last}` for a range, and `{}` for all:
--
-- | Python | Lua |
-- |---|---|
-- | `x[0]`, `x[-1]` | `x[1]`, `x[-1]` |
-- | `x[1, 2]` | `x[{2, 3}]` |
-- | `x[0:3, :, -1]` | `x[{{1, 3}, {}, -1}]` |
-- | `x.shape`, `x.sum(0)` | `x.shape`, `x:sum(1)` |
-- | `x.sum(0, keepdim=True)` | `x:sum(1, {keepdim = true})` |
--
-- A property has a dot, a method a colon, since `x:sum(1)` is short for `x.sum(x, 1)`.

-- %%
function shape(x) return table.concat(x.shape, " x ") end
volume = volumes.phantom{kind = "tumour", size = {24, 32, 32}, seed = 1}.data
slice = volume[14]
print("the volume: " .. shape(volume) .. ", a slice: " .. shape(slice))
print(slice[{{14, 17}, {14, 18}}])                      -- 4 rows, 5 columns
print(slice[{15, 16}], slice[{15, 16}]:item())          -- a tensor of one element, and its number
plot.images({{title = "slices 1 to 24, four a row", images = volume}},
    {title = "A volume, slice by slice", columns = 4, pixel = 3})

-- %% [markdown]
-- You see one head, cut from one end to the other, each slice with rows from top to bottom and columns from left to
-- right. In slices 14 to 18 (rows 4 and 5 of the figure), the white spot left of the middle is the tumour.
--
-- ## Reductions
-- A **reduction** replaces a dimension by one number: a sum, a mean, a maximum. Which dimension goes away is the
-- argument. With `keepdim` it stays, with the size 1.
--
-- **What do you expect?** The figure shows the mean brightness of each slice. Where is it near 0, and where largest?

-- %%
print("mean over depth:            " .. shape(volume:mean(1)))
print("mean over height and width: " .. shape(volume:mean({2, 3})))
print("the same, with keepdim:     " .. shape(volume:mean({2, 3}, {keepdim = true})))
plot.curves({{name = "mean of the slice", y = volume:mean({2, 3})}},
    {title = "How bright is each slice?", x = "slice (first dimension)", y = "mean brightness"})

-- %% [markdown]
-- The background is black. So slices at the ends, where there is little head, have means near 0, and the mean is
-- largest where the head fills most of the slice. The 32 x 32 numbers of each slice became one.
--
-- ## Broadcasting
-- Two tensors of different shapes can be added or multiplied when their sizes, compared *from the last dimension*, are
-- equal, or one of them is 1 or missing. What has the size 1 is repeated. That is **broadcasting**, and it saves loops.
-- An example from real scanners: the receiving coil is nearer to one side of the head, so that side is brighter, which
-- is called a **bias field**. Ours is a ramp.
--
-- **What do you expect?** `ramp` is a column, 32 x 1. Will the slice get brighter from top to bottom, or from left to
-- right?

-- %%
ramp = torch.linspace(0.2, 1.8, 32):reshape(32, 1)
biased = slice * ramp
looped = torch.zeros(32, 32)
for i = 1, 32 do
    for j = 1, 32 do looped[{i, j}] = slice[{i, j}] * ramp[{i, 1}] end
end
print(shape(slice) .. " times " .. shape(ramp) .. " is " .. shape(biased), "as the loop:", looped:equal(biased))
plot.images({{title = "the slice, times the ramp, times the ramp lying down",
    images = torch.stack({slice, biased, slice * ramp:t()})}},
    {title = "One column, repeated for all columns", columns = 3, pixel = 4})

-- %% [markdown]
-- The column has one number for each row, so brightness grows downwards. Lying down (`t()` transposes), it is a row
-- with a number for each column, and brightness grows to the right.
--
-- **Exercise 1.** `patch` is a square part of the slice. Subtract from each of its *rows* the mean of that row, without
-- a loop, and put the result into `centred`. Broadcasting has a trap here: with a square, a wrong shape gives no error.
-- Look at the means of the rows of what you get.

-- %%
patch = slice[{{13, 16}, {15, 18}}]
centred = nil  -- your answer here

-- %% tags=["solution"]
-- Without keepdim the means have the shape 4. Compared from the last dimension, that is a row: number j goes to
-- column j, not to row j. With keepdim they are 4 x 1, a column. (If patch were no square, there would be an error.)
centred = patch - patch:mean(2, {keepdim = true})
print(centred:mean(2))                                  -- 0 but for rounding

-- %% tags=["answer"]
local rows, columns = patch:mean(2, {keepdim = true}), patch:mean(1, {keepdim = true})
check.answer("centred", centred, {mistakes = {
    {patch - patch:mean(2), "the means went to the columns: what shape has patch:mean(2)?"},
    {patch - columns, "these are the means of the columns"},
    {patch - patch:mean(), "that is one mean for all rows"},
    {patch + rows, "the means were added"},
}})
check.expect("centred", "missing", nil)
for verdict, answers in pairs{
    right = {centred + 1e-3, centred * 0.9995},
    almost = {patch - patch:mean(2), patch - columns, patch - patch:mean(), patch + rows, -centred, centred * 1.05},
    wrong = {patch, patch - patch:sum(2, {keepdim = true}), patch / rows, centred / 0, torch.zeros(4, 4)},
    ["wrong shape"] = {rows, patch:mean(2), centred:flatten()},
    ["wrong type"] = {centred:tolist(), 0, "patch - patch:mean(2)"},
} do
    for _, answer in ipairs(answers) do check.expect("centred", verdict, answer) end
end

-- %%
check("centred", centred)

-- %% [markdown]
-- ## A loop, and the library's call
-- The product of two matrices, $C = AB$, is $c_{ij} = \sum_k a_{ik}\, b_{kj}$. Below, $B$ is the slice, and row $i$ of
-- $A$ has 1/5 at the five places around $i$. So row $i$ of the product is the mean of five rows of the slice. (A
-- convolution is such a product, too.)
--
-- **What do you expect?** What will the product look like? And will loop and library agree to the last digit?

-- %%
blur = torch.zeros(32, 32)
for i = 1, 32 do
    for k = math.max(1, i - 2), math.min(32, i + 2) do blur[{i, k}] = 1 / 5 end
end

--- The product of two matrices, as lists of lists of numbers.
function product(a, b)
    local c = {}
    for i = 1, #a do
        c[i] = {}
        for j = 1, #b[1] do
            c[i][j] = 0
            for k = 1, #b do c[i][j] = c[i][j] + a[i][k] * b[k][j] end
        end
    end
    return c
end
naive, fast = torch.tensor(product(blur:tolist(), slice:tolist())), blur:matmul(slice)
print(("largest difference %.2g, largest element %.0f"):format((naive - fast):abs():max():item(), fast:max():item()))
print("equal to the last bit:", naive:equal(fast), "equal but for rounding:", naive:allclose(fast))
three = torch.stack({blur * 5 * slice:max(), slice, fast})
plot.images({{title = "A (as bright as B), B, and C = AB", images = three}},
    {title = "A product of matrices that blurs", columns = 3, pixel = 4})

-- %% [markdown]
-- Each column is blurred upwards and downwards, and edges between left and right stay sharp. Tensors have numbers of
-- **single precision**, about 7 digits; Lua's own have **double precision**, about 16, so the loop rounds differently.
-- That is why results are compared by `allclose`, and seldom by `equal`.

-- %% [markdown]
-- ## Gradients by hand
-- The derivative of $f$ at $w$ tells how much $f$ changes when $w$ changes a little. So try it. For a small $h$, it is
-- near the **finite difference**
--
-- $$f'(w) \approx \frac{f(w + h) - f(w - h)}{2h} .$$
--
-- The library does it in another way. A tensor with `requires_grad` remembers what is computed from it; `backward` goes
-- back through these steps by the chain rule, and leaves the derivative in `grad`. There is no $h$.
--
-- **What do you expect?** The figure shows how far the finite difference of $f(w) = w^2 \sin w$ is from the truth. When
-- $h$ is made smaller and smaller, does the error go to 0?

-- %%
w = torch.tensor({1.5}, {requires_grad = true})
y = (w ^ 2 * w:sin()):sum()
y:backward()

function double(w) return w ^ 2 * math.sin(w) end
function single(w) return (torch.tensor(w) ^ 2 * torch.tensor(w):sin()):item() end
function difference(f, w, h) return (f(w + h) - f(w - h)) / (2 * h) end
print(("finite difference %.6f, backward %.6f"):format(difference(double, 1.5, 1e-4), w.grad:item()))

exact = 2 * 1.5 * math.sin(1.5) + 1.5 ^ 2 * math.cos(1.5)           -- the product rule, by hand
series = {{name = "double precision", x = {}, y = {}}, {name = "single precision", x = {}, y = {}}}
for k = 1, 12 do
    for i, f in ipairs{double, single} do
        series[i].x[k], series[i].y[k] = -k, math.log(math.abs(difference(f, 1.5, 10 ^ -k) - exact), 10)
    end
end
plot.curves(series, {title = "There is a best h", x = "h, as a power of ten", y = "error, as a power of ten"})

-- %% [markdown]
-- Read it from right to left. First the error falls, since the difference comes nearer to the derivative. Then it
-- rises again: the two values of $f$ are nearly equal, what is left of their difference is rounding, and that is
-- divided by a small number. In single precision the turn comes early. Where its curve is flat, both values of $f$ are
-- the same number: the difference is 0, and the error is the derivative itself. `backward` has no $h$ to choose, and
-- it costs less. A finite difference needs two values of $f$ for *each* weight; `backward` gives the derivatives by
-- all weights, a million if need be, for a small multiple of the cost of one value.
--
-- **Exercise 2.** Let $L(w) = \frac{1}{n} \sum_i (w x_i - y_i)^2$, the mean squared error of a line through the origin.
-- Derive $L'(w)$ on paper, and write it as a function `slope_gradient(w, x, y)`. It is given a number `w` and tensors
-- `x` and `y` of $n$ numbers each, and returns a number (`item()`). Use no `backward` in it, but do compare with it.
-- Replace the line below by `function slope_gradient(w, x, y) ... end`.

-- %%
slope_gradient = nil  -- your answer here

-- %% tags=["solution"]
-- The outer derivative is 2 (w x_i - y_i), the inner one is x_i, and the mean stays a mean.
function slope_gradient(w, x, y) return (2 * (w * x - y) * x):mean():item() end

local x, y, w = torch.tensor({1, 2, 3}), torch.tensor({2, 3, 7}), torch.tensor(0.5, {requires_grad = true})
local loss = (w * x - y):square():mean()
loss:backward()
print(slope_gradient(0.5, x, y), w.grad:item())

-- %% tags=["answer"]
local function without_x(w, x, y) return (2 * (w * x - y)):mean():item() end
local function sum(w, x, y) return (2 * (w * x - y) * x):sum():item() end
local function loss(w, x, y) return (w * x - y):square():mean():item() end
check.answer("slope_gradient", slope_gradient, {inputs = {
    {0.5, torch.tensor({1, 2, 3}), torch.tensor({2, 3, 7})},
    {-1, torch.tensor({0.5, -2, 1, 4}), torch.tensor({1, 1, 0, 2})},
}, mistakes = {
    {without_x, "the inner derivative is missing: how does w x_i change with w?"},
    {sum, "L is a mean, and this is a sum"}, {loss, "that is L itself"},
}})
check.expect("slope_gradient", "missing", nil)
for verdict, answers in pairs{
    right = {
        function(w, x, y) return (loss(w + 0.01, x, y) - loss(w - 0.01, x, y)) / 0.02 end,
        function(w, x, y)
            local s = 0
            for i = 1, #x do s = s + 2 * (w * x[i]:item() - y[i]:item()) * x[i]:item() end
            return s / #x
        end,
    },
    missing = {function(w, x, y) local _ = w * x - y end},
    almost = {
        without_x, sum, loss, function(w, x, y) return ((w * x - y) * x):mean():item() end,
        function(w, x, y) return (2 * (y - w * x) * x):mean():item() end,
    },
    wrong = {
        function(w, x, y) return (2 * (w * x - y) * w):mean():item() end,
        function(w, x, y) return (w * x - y):mean():item() end, function() return 0 end,
        function(w, x, y) return (w * z - y):mean():item() end,
    },
    ["wrong type"] = {
        function(w, x, y) return (2 * (w * x - y) * x):mean() end, function(w, x, y) return 2 * (w * x - y) * x end,
        -3, "2 * (w * x - y) * x",
    },
} do
    for _, answer in ipairs(answers) do check.expect("slope_gradient", verdict, answer) end
end

-- %%
check("slope_gradient", slope_gradient)

-- %% [markdown]
-- ## What `backward` leaves behind
-- Three things have to be known before gradients are followed:
--
-- - `backward` **adds** to `grad`. A gradient that is no longer wanted has to be cleared: `w.grad = nil`, or
--   `optimizer:zero_grad()` for all weights of a network.
-- - Only **leaves** have a `grad`: tensors that you made with `requires_grad`, and that were not computed from others.
-- - Changing a weight must not be recorded as a step of the computation. It is done in `torch.no_grad`, which calls a
--   function without recording. In Python it is a block, `with torch.no_grad():`.
--
-- **What do you expect?** The derivative of $w^2$ at 3 is 6. Which gradients are printed?

-- %%
w = torch.tensor({3}, {requires_grad = true})
function squared(x) return (x ^ 2):sum() end
squared(w):backward()
print("once:           ", w.grad)
squared(w):backward()
print("twice:          ", w.grad)
w.grad = nil
squared(w):backward()
print("cleared before: ", w.grad)
twice = w * 2
squared(twice):backward()
print("of no leaf:     ", twice.grad, "and of w:", w.grad)
_, message = pcall(function() w:fill_(2) end)           -- pcall catches an error, and gives false and its message
print("recorded:       ", message)
torch.no_grad(function() w:fill_(2) end)                -- names that end in _ change the tensor itself
print("in no_grad:     ", w)

-- %% [markdown]
-- First 6, then 6 + 6, then 6 again. `twice` is no leaf, so it keeps none; its gradient went on to `w`: 6 + 24.
--
-- ## Fitting a line
-- Fifteen points lie near a line, with **noise**: to each $y$ a random number from a bell curve is added
-- (`noise * torch.randn`). Its mean is 0, and its **standard deviation**, the root of its mean square, is 0.2. We
-- pretend not to know the line, start with slope and offset 0, and repeat: compute the loss, here the **mean squared
-- error** (MSE), ask for its gradient, and take a small step against it, $w \leftarrow w - \eta\, \partial L / \partial
-- w$. The step size $\eta$ is the **learning rate**, and the whole is **gradient descent**.
--
-- **What do you expect?** Will it end at the line that the points were made from?

-- %%
torch.manual_seed(1)
noise, true_slope, true_offset = 0.2, -0.8, 1
line_x = 2 * torch.rand(15, 1)
line_y = true_slope * line_x + true_offset + noise * torch.randn(15, 1)

--- Gradient descent from slope and offset 0: the losses, and {slope, offset}, at each step.
function descend(rate, count)
    local slope, offset = torch.zeros(1, {requires_grad = true}), torch.zeros(1, {requires_grad = true})
    local losses, way = {}, {}
    for step = 1, count do
        local loss = (slope * line_x + offset - line_y):square():mean()
        losses[step], way[step] = loss:item(), {slope:item(), offset:item()}
        slope.grad, offset.grad = nil, nil
        loss:backward()
        torch.no_grad(function()
            slope:sub_(slope.grad, {alpha = rate})      -- slope = slope - rate * gradient
            offset:sub_(offset.grad, {alpha = rate})
        end)
    end
    return losses, way
end
_, way = descend(0.1, 301)
X = torch.cat({line_x, torch.ones(15, 1)}, 2)
best = torch.linalg.lstsq(X, line_y)                    -- the least squared error, solved exactly
print(("after 300 steps: slope %.3f, offset %.3f"):format(way[301][1], way[301][2]))
print(("best of all:     slope %.3f, offset %.3f"):format(best[1]:item(), best[2]:item()))
print(("the truth:       slope %.3f, offset %.3f"):format(true_slope, true_offset))

--- Points for plot.curves, with no line between them.
function dots(name, x, y) return {name = name, x = x:flatten(), y = y:flatten(), points = true} end
lines = {dots("points", line_x, line_y)}
function add_line(name, a, b)
    local x = torch.linspace(0, 2, 50)                  -- few would be drawn with marks
    lines[#lines + 1] = {name = name, x = x, y = a * x + b}
end
for _, step in ipairs{0, 5, 20, 300} do
    add_line(("after %d steps"):format(step), way[step + 1][1], way[step + 1][2])
end
add_line("truth", true_slope, true_offset)
plot.curves(lines, {title = "A line finds its points", x = "x", y = "y"})

-- %% [markdown]
-- First the line moves to the height of the points, then it turns slowly into place, and it ends where least squares
-- puts it. That is *not* the truth: 15 noisy points do not tell more. How far off one may be is the matter of later
-- lessons.
--
-- **Exercise 3.** Suppose that `slope.grad, offset.grad = nil, nil` were forgotten. What would happen? Put "a", "b" or
-- "c" into `forgotten`. You may try it.
--
-- - "a": nothing changes, since `backward` replaces old gradients;
-- - "b": each step goes along the sum of all gradients so far, and the line swings around its best place;
-- - "c": an error, since `backward` can be called only once.

-- %%
forgotten = nil  -- your answer here

-- %% tags=["solution"]
-- Old gradients still push when the line is where it should be, so it runs past, until newer ones have stopped it.
forgotten = "b"
local weights, swinging = torch.zeros(2, 1, {requires_grad = true}), {}
for step = 1, 100 do
    local loss = (X:matmul(weights) - line_y):square():mean()
    swinging[step] = loss:item()
    loss:backward()
    torch.no_grad(function() weights:sub_(weights.grad, {alpha = 0.01}) end)
end
plot.curves({["gradients never cleared"] = swinging}, {title = "Forgotten", x = "step", y = "MSE"})

-- %% tags=["answer"]
check.answer("forgotten", forgotten, {mistakes = {
    {"a", "what did the second backward print in the section before?"},
    {"c", "each step computes a new loss, and backward is called once on each"},
}})
check.expect("forgotten", "missing", nil)
for verdict, answers in pairs{
    right = {"b"}, almost = {"B", " b"}, wrong = {"a", "c", "d", "", "the sum", "a, b", "bc"},
    ["wrong type"] = {2, true, {"b"}, torch.ones(1)},
} do
    for _, answer in ipairs(answers) do check.expect("forgotten", verdict, answer) end
end

-- %%
check("forgotten", forgotten)

-- %% [markdown]
-- ## Too small, too large
-- The learning rate was chosen without a word. **What do you expect** of one that is a hundred times smaller, and of
-- one that is seven times larger?

-- %%
curves = {}
for i, rate in ipairs{0.001, 0.01, 0.1, 0.7} do
    curves[i] = {name = "rate " .. rate, x = {}, y = {}}
    for step, loss in ipairs(descend(rate, 200)) do curves[i].x[step], curves[i].y[step] = step, math.log(loss, 10) end
end
plot.curves(curves, {title = "Four learning rates", x = "step", y = "MSE, as a power of ten", y_range = {-2, 1}})

-- %% [markdown]
-- The smallest rate hardly moves, and would need very many steps. The largest leaves the picture: each step jumps over
-- the valley and lands higher on the other side. Between them is a range that works. Where does it end? Near its
-- lowest point a loss is a bowl; for our line it is a bowl everywhere. Let $\lambda$ be the **curvature** along a main
-- axis of the bowl, the second derivative of the loss. At distance $d$ from the lowest point, the gradient along this
-- axis is $\lambda d$, so a step leads to $d - \eta \lambda d$: it multiplies the distance by $1 - \eta \lambda$. The
-- curvatures are the eigenvalues of the matrix of second derivatives, $H = \frac{2}{n} X^{\mathsf T} X$, where the
-- rows of $X$ are $(x_i, 1)$.

-- %%
curvatures = torch.linalg.eigh(X:t():matmul(X) * (2 / 15))
print("curvatures: ", curvatures)

-- %% [markdown]
-- **Exercise 4.** Above which learning rate does gradient descent on our line no longer find the lowest point? Compute
-- `largest_rate` from `curvatures`. Then compare the losses `descend(0.95 * largest_rate, 200)[200]` and
-- `descend(1.05 * largest_rate, 200)[200]`. (Just below the largest rate, descent is very slow.)

-- %%
largest_rate = nil  -- your answer here

-- %% tags=["solution"]
-- The distance shrinks while -1 < 1 - rate * curvature, that is rate < 2 / curvature. That has to hold along both axes,
-- so the larger curvature decides.
largest_rate = 2 / curvatures:max():item()
for _, factor in ipairs{0.95, 1.05} do
    print(("%.2f times it: the loss is %.3g"):format(factor, descend(factor * largest_rate, 200)[200]))
end

-- %% tags=["answer"]
local small, large = curvatures[1]:item(), curvatures[2]:item()
check.answer("largest_rate", largest_rate, {mistakes = {
    {2 / small, "along the other axis the distance would grow already"},
    {1 / small, "along the other axis the distance would grow already"},
    {large / 2, "turn it over: a large curvature needs a small rate"},
    {4 / (small + large), "not the mean of the curvatures: it must shrink along both axes"},
    {2 / (small + large), "not the sum of the curvatures: along each axis it shrinks by itself"},
}})
check.expect("largest_rate", "missing", nil)
for verdict, answers in pairs{
    right = {2 / large * 1.0005},
    almost = {
        2 / large * 1.03, 1 / large, 2 / small, 1 / small, large / 2, 4 / (small + large), 2 / (small + large),
        -2 / large,
    },
    wrong = {large, 0.1, 0, 1 / 0},
    ["wrong type"] = {2 / curvatures:max(), 2 / curvatures, "2 / curvature", {2 / large}},
} do
    for _, answer in ipairs(answers) do check.expect("largest_rate", verdict, answer) end
end

-- %%
check("largest_rate", largest_rate)

-- %% [markdown]
-- ## A network, by hand and by an optimizer
-- Not everything is a line. These 60 points follow a wave, $y = \sin 3x$, with the same noise. `nn.Linear(a, b)` is the
-- affine map $x W^{\mathsf T} + b$ with weights to be learnt, `nn.Tanh` bends what comes out, and `nn.Sequential` puts
-- layers one after the other. An **optimizer** is the loop that you have seen: `zero_grad` clears the gradients, `step`
-- changes all weights. `optim.SGD` is gradient descent; the S is for *stochastic*, since usually only some of the
-- points are used in a step.
--
-- **What do you expect?** Two networks start from the same weights. One is trained by hand, one by `optim.SGD`. How far
-- are they apart after 200 steps?

-- %%
function wave(x) return (3 * x):sin() end

--- Points of the wave, with noise: x from -2 to 2.
function draw(count)
    local x = 4 * torch.rand(count, 1) - 2
    return x, wave(x) + noise * torch.randn(count, 1)
end
function network() return nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)) end
function mse(model, x, y) return (model(x) - y):square():mean() end

torch.manual_seed(seed)
wave_x, wave_y = draw(60)
by_hand, by_library = network(), network()
by_hand:load_state_dict(by_library:state_dict())        -- the same first weights
optimizer = optim.SGD(by_library, {lr = 0.1})
for step = 1, 200 do
    by_hand:zero_grad()
    mse(by_hand, wave_x, wave_y):backward()
    torch.no_grad(function()
        for _, weight in ipairs(by_hand:parameters()) do weight:sub_(weight.grad, {alpha = 0.1}) end
    end)
    optimizer:zero_grad()
    mse(by_library, wave_x, wave_y):backward()
    optimizer:step()
end
print(by_hand)
print("largest difference of their results:", (by_hand(wave_x) - by_library(wave_x)):abs():max():item())

-- %% [markdown]
-- With no option but the learning rate, `optim.SGD` is just that loop. It computes the same operations in the same
-- order, so the difference is exactly 0. (It takes the network, or its `parameters()`, as in PyTorch.) The print names
-- layers from 0, as PyTorch's files do; the index counts from 1, so `by_hand[1]` is the layer named 0.
--
-- **Adam** (Kingma and Ba, 2015) gives each weight a step size of its own: it divides a running mean of the gradient by
-- the root of a running mean of its square. So weights with small gradients move, too.
--
-- **What do you expect?** Which of the two is faster here? And can a network come nearer to the 60 points than the true
-- wave is?

-- %%
--- Trains `model` on points; gives the loss of each step.
function fit(model, x, y, optimizer)
    local losses = {}
    for step = 1, steps do
        local loss = mse(model, x, y)
        optimizer:zero_grad()
        loss:backward()
        optimizer:step()
        losses[step] = loss:item()
    end
    return losses
end
fitted, other = network(), network()
other:load_state_dict(fitted:state_dict())
by_sgd = fit(other, wave_x, wave_y, optim.SGD(other, {lr = 0.1}))
by_adam = fit(fitted, wave_x, wave_y, optim.Adam(fitted, {lr = 0.01}))
plot.curves({SGD = by_sgd, Adam = by_adam},
    {title = "The same network, two optimizers", x = "step", y = "MSE of the points"})

-- %%
grid = torch.linspace(-2, 2, 200):reshape(200, 1)
function curve(name, model)
    return {name = name, x = grid:flatten(), y = torch.no_grad(function() return model(grid):flatten() end)}
end
print(("MSE of the points: network %.3f, truth %.3f"):format(
    mse(fitted, wave_x, wave_y):item(), mse(wave, wave_x, wave_y):item()))
plot.curves({dots("60 points", wave_x, wave_y), curve("truth", wave), curve("network, by Adam", fitted)},
    {title = "A network finds the wave", x = "x", y = "y"})

-- %% [markdown]
-- Adam with the rate 0.01 is much faster here than SGD with 0.1. Where the curve of SGD jumps, its rate was too large
-- for a moment: the curvature of a network changes on the way. With 60 points the network follows the wave, though
-- nobody told it of one; only at the right end it runs after single points. Yet its error on the points is *smaller*
-- than the truth's. It has begun to learn the noise.
--
-- **Exercise 5.** What is `nn.Tanh` for? `flat` is a network of two layers without it, which is a straight line.
-- Compute its slope and offset from its weights, `flat[1].weight` (8 x 1), `flat[1].bias` (8), `flat[2].weight`
-- (1 x 8) and `flat[2].bias` (1), and put them as two numbers (`item()`) into the list `straight = {slope, offset}`.
-- Compare with what `flat` gives.

-- %%
torch.manual_seed(1)
flat = nn.Sequential(nn.Linear(1, 8), nn.Linear(8, 1))
straight = nil  -- your answer here

-- %% tags=["solution"]
-- W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2): without something that bends, two layers are no more than one.
local first, second = flat[1], flat[2]
straight = {second.weight:matmul(first.weight):item(), (second.weight:matmul(first.bias) + second.bias):item()}
local ends = flat(torch.tensor({{0}, {1}}))
print(straight[1], straight[2], "and by the network", (ends[2] - ends[1]):item(), ends[1]:item())

-- %% tags=["answer"]
local w1, b1, w2, b2 = flat[1].weight, flat[1].bias, flat[2].weight, flat[2].bias:item()
local slope, offset, inner = straight[1], straight[2], w2:matmul(b1):item()
local sums, ends = w1:sum():item() * w2:sum():item(), flat(torch.tensor({{0}, {1}}))
local square = "1 x 8 times 8 x 1 broadcasts to 8 x 8: a sum of products is `matmul`"
check.answer("straight", straight, {mistakes = {
    {{slope, b2}, "the first bias goes through the second layer, too"},
    {{slope, inner}, "the last bias is missing"},
    {{slope, b1:sum():item() + b2}, "the first bias is multiplied by the second weights"},
    {{offset, slope}, "the slope comes first"},
    {{sums, offset}, square}, {{sums, b2}, square}, {{sums, inner}, square}, {{sums / 64, offset}, square},
}})
check.expect("straight", "missing", nil)
for verdict, answers in pairs{
    right = {{slope, offset}, {(ends[2] - ends[1]):item(), ends[1]:item()}},
    almost = {
        {slope, b2}, {slope, inner}, {slope, b1:sum():item() + b2}, {offset, slope}, {-slope, -offset},
        {sums, offset}, {sums, b2}, {sums, inner}, {sums / 64, offset},
    },
    wrong = {{w1:sum():item(), b1:sum():item()}, {0, 0}, {slope, 1 / 0}},
    ["wrong shape"] = {{slope}, {{slope, offset}}},
    ["wrong type"] = {
        torch.tensor({slope, offset}), slope, {slope = slope, offset = offset}, {w2:matmul(w1), w2:matmul(b1) + b2},
    },
} do
    for _, answer in ipairs(answers) do check.expect("straight", verdict, answer) end
end

-- %%
check("straight", straight)

-- %% [markdown]
-- So without `nn.Tanh`, layers of `nn.Linear` make one `nn.Linear`, however many there are.
--
-- ## By heart
-- Now there are *five* points, as in a clinic that has five volumes. (A volume has thousands of voxels, but they are
-- voxels of one head. Of how heads differ, five volumes show five examples.) Three networks learn them, which differ in
-- nothing but their random first weights. Besides the MSE of the five points, the **training error**, we look at that
-- of 1000 other points of the same wave, the **test error**.
--
-- **What do you expect?** Will the three find the wave? Will they agree?

-- %%
torch.manual_seed(seed + 1)                             -- other points than those above
test_x, test_y = draw(1000)
few_x, few_y = draw(5)
function learn(x, y)
    local model = network()
    fit(model, x, y, optim.Adam(model, {lr = 0.01}))
    return model
end
function error_of(model, x, y) return torch.no_grad(function() return mse(model, x, y):item() end) end

series, models = {dots("5 points", few_x, few_y), curve("truth", wave)}, {}
for i = 1, 3 do
    models[i] = learn(few_x, few_y)
    series[#series + 1] = curve("network " .. i, models[i])
    print(("network %d: training error %.4f, test error %.2f"):format(i, error_of(models[i], few_x, few_y),
        error_of(models[i], test_x, test_y)))
end
-- The error of who always says the mean is the variance: the mean squared distance from the mean.
print(("always the mean of the test points: test error %.2f"):format(test_y:var():item()))
print(("network 1 against network 2: mean square of their difference %.3f"):format(
    error_of(models[1], test_x, models[2](test_x))))
plot.curves(series, {title = "Three networks have learnt five points", x = "x", y = "y"})

-- %% [markdown]
-- All three go through all five points, noise included: they have learnt them **by heart**. That is called
-- **overfitting**, and the training error tells nothing of it. Compare with always saying the mean: by the test error,
-- all three are worse than that. Where there is no point, each bridges the gap in its own way. Yet they are much
-- nearer to each other than to the truth. So networks that agree may be wrong together, since what they share, here a
-- liking for smooth bridges, did not come from the data.
--
-- ## How many points are enough?
-- One draw of five points may be unlucky. So draw points anew several times, for each number $n$ of them, and take the
-- **median** of the errors, the one in the middle when they are sorted.
--
-- **What do you expect?** With more points, does the training error rise or fall? And the test error?

-- %%
numbers, number_names, places = {5, 10, 20, 50, 100}, {"5", "10", "20", "50", "100"}, {1, 2, 3, 4, 5}

--- Medians of the training and the test error over repeated draws, for each n; `learner` makes a model of points.
function study_errors(name, learner)
    local train, test = {}, {}
    for k, n in ipairs(numbers) do
        local seen, unseen = {}, {}
        for i = 1, repetitions do
            torch.manual_seed(1000 * seed + 100 * n + i)            -- so that every learner gets the same points
            local x, y = draw(n)
            local model = learner(x, y)
            seen[i], unseen[i] = error_of(model, x, y), error_of(model, test_x, test_y)
        end
        seen, unseen = torch.tensor(seen), torch.tensor(unseen)
        train[k], test[k] = seen:median():item(), unseen:median():item()
        print(("%-8s n = %3d: training error %.3f, test error %.3f (from %.3f to %.3f)"):format(
            name, n, train[k], test[k], unseen:min():item(), unseen:max():item()))
    end
    return train, test
end
network_train, network_test = study_errors("network", learn)
plot.curves({
    {name = "test error", x = places, y = network_test}, {name = "training error", x = places, y = network_train},
}, {title = "More points, less by heart", x = "points to learn from (n)", x_names = number_names, y = "MSE (median)"})

-- %% [markdown]
-- The test error falls. The training error *rises*: more points are harder to learn by heart. The two come nearer from
-- both sides, and the gap between them is how much the training error flatters. Look at the ranges, too: with few
-- points, luck decides.
--
-- **Exercise 6.** Suppose that there were infinitely many points, to learn from and to test on. Which test error would
-- remain, however good the network? Compute `least_error` from `noise`, and compare with the figure. What does a
-- training error below it mean?

-- %%
least_error = nil  -- your answer here

-- %% tags=["solution"]
-- A new point is off the wave by noise that nobody can know before. Who knows the wave errs by the noise alone, and the
-- mean of its square is its variance. A training error below that means that noise was learnt: it is no success.
least_error = noise ^ 2
print(least_error, error_of(wave, test_x, test_y))

-- %% tags=["answer"]
local magnitude, last, mean = math.sqrt(2 / math.pi) * noise, network_test[#network_test], test_y:var():item()
local truth = error_of(wave, test_x, test_y)
check.answer("least_error", least_error, {tolerance = 1e-2, mistakes = {
    {truth, "that is the truth's error on these 1000 points; what is it on average, from `noise` alone?"},
    {0, "the test points have noise, too, and no network can know it"},
    {magnitude, "that is the mean of the noise's magnitude; errors are squared here"},
    {noise ^ 2 / 1000, "a mean over more points does not make their squares smaller"},
    {mean, "that is the error of who always says the mean"},
    {last, "that is the network's with 100 points, and more points would lower it"},
}})
check.expect("least_error", "missing", nil)
for verdict, answers in pairs{
    right = {0.04, 0.0402},
    almost = {
        truth, truth - 5e-5, 0, noise, 2 * noise ^ 2, -(noise ^ 2), noise ^ 4, magnitude, noise ^ 2 / 1000,
        mean, last,
    },
    wrong = {0.1, 1, 25},
    ["wrong type"] = {"0.04", torch.tensor(0.04), {0.04}},
} do
    for _, answer in ipairs(answers) do check.expect("least_error", verdict, answer) end
end

-- %%
check("least_error", least_error)

-- %% [markdown]
-- A training error below it means that noise was learnt.
--
-- ## Knowing something beforehand
-- The network may become any curve, so five points leave it free. Two rivals are far less free. Both are solved by
-- least squares, from the same points:
--
-- - the *line* believes that the curve is straight, and has two unknowns. That is wrong.
-- - the *known wave* believes that it is a wave of the right length, $a \sin 3x + b \cos 3x + c$, and has three. That
--   is right.
--
-- **What do you expect?** Which of the three is best with 5 points, and which with 100?

-- %%
function least_squares(features)
    return function(x, y)
        local weights = torch.linalg.lstsq(features(x), y)
        return function(x) return features(x):matmul(weights) end
    end
end
function line_features(x) return torch.cat({x, torch.ones_like(x)}, 2) end
function wave_features(x) return torch.cat({(3 * x):sin(), (3 * x):cos(), torch.ones_like(x)}, 2) end
_, line_test = study_errors("line", least_squares(line_features))
_, wave_test = study_errors("wave", least_squares(wave_features))
plot.curves({
    {name = "known wave: right belief", x = places, y = wave_test},
    {name = "line: wrong belief", x = places, y = line_test},
    {name = "network: any curve", x = places, y = network_test},
}, {title = "Beliefs and points", x = "points to learn from (n)", x_names = number_names, y = "test error (median MSE)",
    y_range = {0, 1.1 * torch.tensor({network_test, line_test, wave_test}):max():item()}})

-- %% [markdown]
-- With five points, the known wave is far ahead, though it has seen the same five points. The wrong belief is of no
-- use: with five points, the line is about as bad as the network, and with more it stays wrong. The network comes near
-- the known wave: with many points it matters little what was known, if the model is free enough to learn it.
--
-- What one believes before the data is called a **prior**. With five volumes, the prior decides what happens where no
-- data are. Our known wave was a cheat: we had made the data, so we knew it. Nobody knows a formula for what a tumour
-- looks like. But there are many scans of *other* diseases, and networks that were trained on them. What their kernels
-- have in common can be learnt, and that can be a prior. This is the idea of the **deep weight prior** (Atanov et al.,
-- 2019; for MRI Kuzina, Egorov and Burnaev, 2019), and the way of this course. Whether it is a right belief or a wrong
-- one, and for how many volumes it pays, has to be measured, as here.
--
-- ## Kept for later
-- `study.write_text` makes the folder and says what the file is about; `torch.save` writes a table of tensors.

-- %%
study.write_text("course/lesson-1.txt", "lesson-1.safetensors: points of a line (line_x, line_y; line is its true " ..
    "slope and offset), of a wave sin 3x (wave_x, wave_y; few_x, few_y; test_x, test_y), the standard deviation of " ..
    "their noise, and a network fitted to wave_x, wave_y (network.*).\n")
kept = {
    line_x = line_x, line_y = line_y, line = torch.tensor({true_slope, true_offset}), noise = torch.tensor(noise),
    wave_x = wave_x, wave_y = wave_y, few_x = few_x, few_y = few_y, test_x = test_x, test_y = test_y,
}
for path, weight in pairs(fitted:state_dict()) do kept["network." .. path] = weight end
torch.save(kept, "course/lesson-1.safetensors")

read, again = torch.load("course/lesson-1.safetensors"), network()
torch.no_grad(function()
    for path, weight in pairs(again:state_dict()) do weight:copy_(read["network." .. path]) end
end)
print("read again: points " .. shape(read.wave_x) .. " and " .. shape(read.wave_y))
print("it is the same network:", again(read.wave_x):equal(fitted(wave_x)))

-- %% [markdown]
-- ## What you have learnt
-- - A scan is a tensor. Reductions and broadcasting replace loops, and a look at the shapes saves much searching.
-- - `backward` gives the derivatives that a finite difference comes near to, for all weights at once. It adds to
--   `grad`; leaves have one; weights are changed in `no_grad`.
-- - An optimizer is a short loop. Its learning rate must not be too large for the largest curvature.
-- - A small training error may mean that noise was learnt. Only points that were not seen tell.
-- - With few points, what is believed beforehand decides: that is the prior. It may be right or wrong.

-- %%
for _, row in ipairs(check.results()) do print(("%-16s %s"):format(row.name, row.verdict)) end
