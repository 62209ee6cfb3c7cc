-- The deep weight prior on MRI volumes, end to end: the four steps of the method and its three baselines.
--
--   lunette Scripts/dwp.lua                                     on phantom volumes that it makes itself
--   lunette Scripts/dwp.lua --source MS --target BRATS18        on folders in those layouts
--
-- See `--help` for the options. Everything that the run leaves is in one folder, which it names.

local argparse = require "argparse"

---------------------------------------------------------------------------------------------------------- options

local parser = argparse("dwp.lua", "The deep weight prior: learn what convolution kernels look like on one disease,"
    .. " and use it to segment another from a few volumes.")
local function option(name, help, default, convert)
    parser:option(name, help .. (default and (" [" .. tostring(default) .. "]") or "")):convert(convert or tostring)
end
local integer = math.tointeger
option("--source", "folder of source volumes in the MS layout; phantoms where it is left out")
option("--target", "folder of target volumes in the BRATS18 layout; phantoms where it is left out")
option("--modality", "the target's modality", "t2")
option("--resolution", "factor of the volumes' resolution [0.5; phantoms 1]", nil, tonumber)
option("--network", "'short' or 'full'", "short")
option("--train", "target volumes to learn from [20; phantoms 5]", nil, integer)
option("--test", "unseen target volumes [30; phantoms 8]", nil, integer)
option("--splits", "random splits of the target volumes", 1, integer)
option("--source-networks", "source networks, each on a bootstrap resample", 3, integer)
option("--source-steps", "training steps of each source network [360; phantoms 120]", nil, integer)
option("--steps", "training steps of each method on the target [240; phantoms 120]", nil, integer)
option("--prior-steps", "training steps of each group's VAE [1500; phantoms 300]", nil, integer)
option("--samples", "weight samples of a prediction", 8, integer)
option("--seed", "seed of everything random", 1, integer)
option("--threads", "threads to use", torch.get_num_threads(), integer)
option("--output", "folder for results [runs/dwp-SEED]")
