-- Work on 32 MB arrays where memory is short: every step succeeds, or says that there is no memory for it.
local side = 200
local image, mask = torch.ones(side, side, side), torch.zeros(side, side, side)
image:slice(1, 1, side // 4):fill_(3)
mask:slice(1, side // 4, side // 2):fill_(1)
local refused = 0
for i, work in ipairs{
    function() return image[image:gt(2)] end,
    function() mask[image:gt(2)] = 1 end,
    function() return volumes.augment(image, mask, {rotate = 10}) end,
    function() return volumes.augment(image, mask, {elastic = 3}) end,
    function() return volumes.volume(image):mask(2) end,
    function() return volumes.prepare(volumes.volume(image)) end,
    function() return volumes.scores(volumes.volume(mask), volumes.volume(mask)) end,
    function() return volumes.calibration(mask, mask) end,
    function() return nn.Conv3d(1, 4, 3)(image:view(1, 1, side, side, side)) end,
    function() return torch.cat({image, mask}) + 1 end,
    function() return plot.histogram(image) end,
} do
    local ok, message = pcall(work)
    if not ok then
        if not tostring(message):find("out of memory") then error(("step %d: %s"):format(i, message), 0) end
        refused = refused + 1
    end
    collectgarbage()
end
print(refused)
