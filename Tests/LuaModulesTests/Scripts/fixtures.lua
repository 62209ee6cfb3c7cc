-- Every case of the reference values, from Lua: results and gradients to 1e-4 relative and 1e-5 absolute.
-- The script's argument is the folder of the files; it returns the number of tensors compared.

local folder = ...
local F = nn.functional
local compared = 0

local function check(name, got, expected)
    assert(got, name .. ": there is no gradient")
    local excess = ((got - expected):abs() - (expected:abs() * 1e-4 + 1e-5)):max():item()
    assert(excess <= 0, ("%s: too far from the reference, by %g"):format(name, excess))
    compared = compared + 1
end

--- The tensors of a file by the part of their names before the first slash.
local function read(file)
    local cases = {}
    for name, tensor in pairs((torch.load(folder .. "/" .. file .. ".safetensors"))) do
        local case, rest = name:match("^([^/]+)/(.+)$")
        if not case then case, rest = "", name end
        cases[case] = cases[case] or {}
        cases[case][rest] = tensor
    end
    return cases
end

local function conv(dimensions, options)
    return function(t) return F["conv" .. dimensions .. "d"](t.x, t.w, t.bias, options) end
end
local function conv_transpose(dimensions, options)
    return function(t) return F["conv_transpose" .. dimensions .. "d"](t.x, t.w, t.bias, options) end
end

local operations = {
    broadcast_div = function(t) return t.x / t.y:exp() end,
    conv2d_k3 = conv(2, {padding = 1}),
    conv3d_16_16 = conv(3, {padding = 1}),
    conv3d_1_16 = conv(3, {padding = 1}),
    conv3d_33_18 = conv(3, {padding = 1}),
    conv3d_64_64 = conv(3, {padding = 1}),
    conv3d_k1 = conv(3),
    conv3d_k1_s2 = conv(3, {stride = 2}),
    conv3d_k3 = conv(3, {padding = 1}),
    conv3d_k3_s2 = conv(3, {stride = 2, padding = 1}),
    conv3d_k3_valid = conv(3),
    conv_transpose2d_k3 = conv_transpose(2),
    conv_transpose3d_k1 = conv_transpose(3),
    conv_transpose3d_k2_s2 = conv_transpose(3, {stride = 2}),
    conv_transpose3d_k3 = conv_transpose(3),
    cross_entropy_sum = function(t) return F.cross_entropy(t.x, t.labels, {reduction = "sum"}) end,
    elu = function(t) return t.x:elu() end,
    gather_index = function(t) return t.x[{{2, 3}, {1, -1, 2}}] end,
    instance_norm3d = function(t) return F.instance_norm(t.x) end,
    linear = function(t) return F.linear(t.x, t.w, t.bias) end,
    log_softmax_channel = function(t) return t.x:log_softmax(2) end,
    logsumexp = function(t) return t.x:logsumexp(-1) end,
    matmul = function(t) return t.input:matmul(t.other) end,
    max_pool3d = function(t) return F.max_pool3d(t.x, 2) end,
    max_pool3d_pad1 = function(t) return F.max_pool3d(t.x, 2, {padding = 1}) end,
    relu = function(t) return t.x:relu() end,
    segmentation_loss = function(t)
        return F.segmentation_loss(t.x, t.labels, {ce_weight = 0.01, dice_weight = 0.99, reduction = "sum"})
    end,
    sigmoid = function(t) return t.x:sigmoid() end,
    softmax_channel = function(t) return t.x:softmax(2) end,
    softplus = function(t) return t.x:softplus() end,
    tanh = function(t) return t.x:tanh() end,
    upsample_trilinear = function(t) return F.upsample(t.x, 2, {align_corners = false}) end,
    upsample_trilinear_align = function(t) return F.upsample(t.x, 2, {align_corners = true}) end,
    var = function(t) return t.x:var({2, 3}) end,
}

local cases = read("operations")
for name, tensors in pairs(cases) do
    if name ~= "adam" then
        for input, tensor in pairs(tensors) do
            if tensors["grad_" .. input] and input ~= "out" then tensor:requires_grad_() end
        end
        local out = assert(operations[name], name .. " has no counterpart")(tensors)
        check(name .. "/out", out, tensors.out)
        out:backward(tensors.grad_out)
        for input, tensor in pairs(tensors) do
            local gradient = tensors["grad_" .. input]
            if gradient and input ~= "out" then check(name .. "/grad_" .. input, tensor.grad, gradient) end
        end
    end
end

-- Five steps of Adam at 0.05; the file keeps the last step's values under the names of all.
local parameter = cases.adam.start:clone():requires_grad_()
local adam, weights = optim.Adam({parameter}, {lr = 0.05}), torch.arange(parameter:numel())
for _ = 1, 5 do
    adam:zero_grad()
    local loss = ((parameter - 1) ^ 2 * weights):sum()
    loss:backward()
    adam:step()
end
check("adam", parameter:detach(), cases.adam.step5)

-- The Bayesian convolution with given noise.
local bayesian = read("bayes_conv3d")[""]
for _, name in ipairs{"x", "mu", "logvar"} do bayesian[name]:requires_grad_() end
local out = F.bayesian_conv(bayesian.x, bayesian.mu, bayesian.logvar, bayesian.epsilon, {padding = 1})
check("bayes_conv3d/out", out, bayesian.out)
out:backward(bayesian.grad_out)
for _, name in ipairs{"x", "mu", "logvar"} do check("bayes_conv3d/" .. name, bayesian[name].grad, bayesian["grad_" .. name]) end

-- Both U-Nets: logits, loss, and the gradient of every parameter.
for variant, channels in pairs{full = {1, 4, 6, 8, 12}, short = {1, 4, 8, 8, 16}} do
    local file = read("unet_" .. variant)
    local net = nn.UNet{variant = variant, channels = channels}
    net:load_state_dict(file.weight)
    local logits = net(file[""].input)
    check(variant .. "/logits", logits, file[""].logits)
    local loss = F.segmentation_loss(logits, file[""].labels, {ce_weight = 0.01, dice_weight = 0.99, reduction = "sum"})
    check(variant .. "/loss", loss, file[""].loss)
    loss:backward()
    for name, tensor in pairs(net:state_dict()) do check(variant .. "/" .. name, tensor.grad, file.grad[name]) end
end

-- The kernel autoencoder with given noise: its loss terms, and the bound of step 4 with gradients to the posterior.
local file = read("kernel_vae")
local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 8})
vae:load_state_dict(file.weight)
local function terms(kernels, noise)
    local mean, log_variance = vae:encode(kernels)
    local w_mean, w_log_variance = vae:decode(mean + noise * (log_variance * 0.5):exp())
    kernels = kernels:reshape(w_mean:size())
    local nll = (w_log_variance + (kernels - w_mean) ^ 2 / w_log_variance:exp() + math.log(2 * math.pi)) * 0.5
    local kl = (mean ^ 2 + log_variance:exp() - log_variance - 1) * 0.5
    return nll:flatten(2):sum(2), kl:sum(2)
end
local top = file[""]
local nll, kl = terms(top.kernels:squeeze(2), top.epsilon_z)
check("kernel_vae/negative_log_likelihood", nll, top.negative_log_likelihood)
check("kernel_vae/kl_z", kl, top.kl_z)
local loss = (nll + kl):mean()
check("kernel_vae/loss", loss, top.loss)
loss:backward()
for name, tensor in pairs(vae:state_dict()) do check("kernel_vae/" .. name, tensor.grad, file.grad[name]) end

local bound = file.bound
bound.mu:requires_grad_()
bound.logvar:requires_grad_()
local kernels = (bound.mu + bound.epsilon_w * (bound.logvar * 0.5):exp()):reshape({10, 3, 3, 3})
nll, kl = terms(kernels, bound.epsilon_z)
local entropy = ((bound.logvar + 1 + math.log(2 * math.pi)) * 0.5):sum()
local value = nll:sum() + kl:sum() - entropy
check("bound/value", value, bound.value)
value:backward()
check("bound/mu", bound.mu.grad, bound.grad_mu)
check("bound/logvar", bound.logvar.grad, bound.grad_logvar)

return compared
