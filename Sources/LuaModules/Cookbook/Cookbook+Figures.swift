extension Cookbook {
    static let figures = #"""
        ## Study and figures

        ### How to make a prior of my own a method of the study
        A file that returns a prior is a method: `lunette Scripts/study.lua --preset smoke --prior laplace.lua`. The study
        fits it to the kernels of each group, judges it, and keeps it in a file, which this does for one group.

        ```lua
        torch.manual_seed(1)
        local path = os.tmpname()
        study.write_text(path .. ".lua", [[
            local laplace = {log_scale = torch.zeros(1, {requires_grad = true})}
            function laplace:log_prob(w) return dist.Laplace(0, self.log_scale:exp()):log_prob(w):flatten(2):sum(2) end
            return laplace]])
        local kernels = dist.Laplace(0, 0.3):sample(300, 3, 3, 3)
        local fitted = prior.fitted(dofile(path .. ".lua"), kernels, {name = "laplace"})
        print(prior.compare(kernels, {laplace = fitted, normals = prior.IndependentNormals}))
        bayes.PriorSet{{name = "group 1", layers = {"init_conv"}, prior = fitted}}:save(path)
        local read = bayes.load_priors(path):prior("group 1")
        os.remove(path .. ".lua")
        os.remove(path)
        assert(read:log_prob(kernels):allclose(fitted:log_prob(kernels)))
        ```

        ### How to write scores to a CSV file, and plot them with errors
        `study.write_text` makes the folder, and leaves the file whole or not at all. A bar is whatever `errors` holds, here
        the standard deviation over five splits. The scores are made up.

        ```lua
        torch.manual_seed(1)
        local path, lines, curves, back = os.tmpname() .. "-run/scores.csv", {"method,n,split,dice"}, {}, {}
        for i, method in ipairs{"RI", "DWP"} do
            local curve = {name = method, x = {5, 10, 20}, y = {}, errors = {}}
            for j, n in ipairs(curve.x) do
                local dice = (torch.randn(5) * 0.02 + 0.5 + 0.05 * i + n / 100):clamp(0, 1)      -- of five splits
                for split = 1, 5 do lines[#lines + 1] = ("%s,%d,%d,%.4f"):format(method, n, split, dice[split]:item()) end
                curve.y[j], curve.errors[j] = dice:mean():item(), dice:std():item()
            end
            curves[i] = curve
        end
        study.write_text(path, table.concat(lines, "\n") .. "\n")
        for line in io.lines(path) do back[#back + 1] = tonumber(line:match("^DWP,20,%d,(.*)$")) end
        plot.curves(curves, {x = "volumes", y = "Dice", y_limits = {0, 1}}):show()
        assert(#back == 5 and math.abs(torch.tensor(back):mean():item() - curves[2].y[3]) < 1e-4)
        ```

        ### How to draw slices with a mask and a map over them
        `scan:show` is for one scan, `plot.slices` for a row a subject and a column a map. Both draw below the cell or in the
        terminal, or into a file that ends in .png or .svg; `viewer = true` makes a page to scroll through.

        ```lua
        local path, rows = os.tmpname(), {}
        for i = 1, 2 do
            local scan, labels = volumes.phantom{kind = "tumour", size = {24, 28, 24}, seed = i}
            local blurred = labels:mask():resample(0.5):resample_like(scan)          -- stands for a prediction
            rows[i] = {title = "subject " .. i, scan = scan, truth = labels:mask(), maps = {blurred, blurred}}
        end
        local figure = plot.slices(rows, {columns = {"prediction", {title = "probability", kind = "heat"}}})
        figure:show()
        figure:save(path .. ".png")
        rows[1].scan:show(path .. ".svg", {mask = rows[1].truth, uncertainty = rows[1].maps[1], slices = {8, 12, 16}})
        rows[1].scan:show(path .. ".html", {viewer = true, mask = rows[1].truth, prediction = rows[1].maps[1]})
        local function start(ending) return io.open(path .. ending, "rb"):read(4) end
        assert(start(".png") == "\x89PNG" and start(".svg") == "<?xm" and start(".html"):sub(1, 2) == "<!")
        ```

        ### How to give a script options, and show its progress with the time left
        `lunette train.lua --steps=400 --quiet` puts the words behind the script's name into the table `arg`. `progress(n)`
        counts in a `for` and tells the time left, `bar:set` what else is to be seen.

        ```lua
        local options = {steps = 20, lr = 0.1, quiet = false}
        local function parse(words)
            for _, word in ipairs(words) do
                local name, value = word:match("^%-%-(%w+)=?(.*)$")
                local kind = type(options[name or ""])           -- nil where there is no such option
                if kind == "number" and tonumber(value) then options[name] = tonumber(value)
                elseif kind == "boolean" and value == "" then options[name] = true
                else error(("'%s' is no option of this script, or needs a number"):format(word), 0) end
            end
        end
        parse{"--steps=30", "--quiet"}                           -- parse(arg) in a script
        local sum = 0
        for step, bar in progress(options.steps, "adding") do sum = sum + step; bar:set{sum = sum} end
        print("steps", options.steps, "sum", sum, pcall(parse, {"--lr=fast"}))
        assert(sum == 30 * 31 / 2 and options.quiet and not pcall(parse, {"--step=3"}))
        ```

        """#
}
