-- A small network with its recipe, and two scans for it, for Scripts/test-writes.
torch.manual_seed(1)
torch.set_num_threads(1)
local data = volumes.write_phantoms("scans", {layout = "ms", count = 2, size = {16, 16, 16}, seed = 1})
local recipe = volumes.Recipe(data)
local network = nn.UNet{channels = {#recipe.sequences, 2, 2, 2, 2}, classes = recipe.outputs}
network:save("network.safetensors", {notes = {recipe = recipe:text()}})
