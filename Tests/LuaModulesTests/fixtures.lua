-- Computes PyTorch's reference values, and the gradients, as a script would, and compares.
-- Takes the folder of the files; returns a list of what differs, and the number of comparisons.

local folder = ...
local F = nn.functional
local differences, comparisons = {}, 0

local function check(what, actual, expected)
    comparisons = comparisons + 1
    if not (actual and expected and actual:allclose(expected, {rtol = 1e-4, atol = 1e-5})) then
        differences[#differences + 1] = what
    end
end

--- The tensors whose names begin with `prefix`, without it.
local function under(tensors, prefix)
    local found = {}
    for name, tensor in pairs(tensors) do
        if name:sub(1, #prefix) == prefix then found[name:sub(#prefix + 1)] = tensor end
    end
    return found
end

local function read(name) return torch.load(folder .. "/" .. name .. ".safetensors") end

--------------------------------------------------------------------------------------------------- operations

local function convolution(name, options)
    return function(c) return F[name](c.x, c.w, c.bias, options) end
end

local operations = {
    conv2d_k3 = convolution("conv2d", {padding = 1}),
    conv3d_1_16 = convolution("conv3d", {padding = 1}),
    conv3d_16_16 = convolution("conv3d", {padding = 1}),
    conv3d_33_18 = convolution("conv3d", {padding = 1}),
    conv3d_64_64 = convolution("conv3d", {padding = 1}),
    conv3d_k1 = convolution("conv3d"),
    conv3d_k1_s2 = convolution("conv3d", {stride = 2}),
    conv3d_k3 = convolution("conv3d", {padding = 1}),
    conv3d_k3_s2 = convolution("conv3d", {stride = 2, padding = 1}),
    conv3d_k3_valid = convolution("conv3d"),
    conv_transpose2d_k3 = convolution("conv_transpose2d"),
    conv_transpose3d_k1 = convolution("conv_transpose3d"),
    conv_transpose3d_k2_s2 = convolution("conv_transpose3d", {stride = 2}),
    conv_transpose3d_k3 = convolution("conv_transpose3d"),
    broadcast_div = function(c) return c.x / torch.exp(c.y) end,
    elu = function(c) return c.x:elu() end,
    relu = function(c) return c.x:relu() end,
    sigmoid = function(c) return c.x:sigmoid() end,
    softplus = function(c) return c.x:softplus() end,
    tanh = function(c) return c.x:tanh() end,
    gather_index = function(c) return c.x[{{2, 3}, {1, -1, 2}}] end,
    instance_norm3d = function(c) return F.instance_norm(c.x) end,
    linear = function(c) return F.linear(c.x, c.w, c.bias) end,
    matmul = function(c) return c.input:matmul(c.other) end,
    log_softmax_channel = function(c) return c.x:log_softmax(2) end,
    softmax_channel = function(c) return c.x:softmax(2) end,
    logsumexp = function(c) return c.x:logsumexp(-1) end,
    max_pool3d = function(c) return F.max_pool3d(c.x, 2) end,
    max_pool3d_pad1 = function(c) return F.max_pool3d(c.x, 2, {stride = 2, padding = 1}) end,
    upsample_trilinear = function(c) return F.upsample(c.x, 2, {align_corners = false}) end,
    upsample_trilinear_align = function(c) return F.upsample(c.x, 2, {align_corners = true}) end,
    var = function(c) return c.x:var({2, 3}) end,
    cross_entropy_sum = function(c) return F.cross_entropy(c.x, c.labels, {reduction = "sum"}) end,
    segmentation_loss = function(c)
        return 0.01 * F.cross_entropy(c.x, c.labels, {reduction = "sum"}) + 0.99 * F.dice_loss(c.x, c.labels)
    end,
}

--- Five steps of Adam on sum(i * (p_i - 1)^2).
local function adam(c)
    local p = c.start:requires_grad_()
    local optimizer = optim.Adam({p}, {lr = 0.05})
    for step = 1, 5 do
        optimizer:zero_grad();
        (torch.arange(#p) * (p - 1) ^ 2):sum():backward()
        optimizer:step()
        check("adam/step" .. step, p:detach(), c["step" .. step])
    end
end

local tensors, names = read("operations"), {}
for name in pairs(tensors) do names[name:match("^[^/]+")] = true end
for name in pairs(names) do
    local case = under(tensors, name .. "/")
    if name == "adam" then
        adam(case)
    elseif not operations[name] then
        differences[#differences + 1] = name .. " is not computed"
    else
        for input in pairs(under(case, "grad_")) do
            if input ~= "out" then case[input]:requires_grad_() end
        end
        local out = operations[name](case)
        check(name, out, case.out)
        out:backward(case.grad_out)
        for input, gradient in pairs(under(case, "grad_")) do
            if input ~= "out" then check(name .. "/grad_" .. input, case[input].grad, gradient) end
        end
    end
end

----------------------------------------------------------------------------------------------------- networks

local function check_gradients(what, network, expected)
    for _, parameter in ipairs(network:named_parameters()) do
        local name, tensor = table.unpack(parameter)
        check(what .. "/grad/" .. name, tensor.grad, expected[name])
    end
end

for variant, channels in pairs {full = {1, 4, 6, 8, 12}, short = {1, 4, 8, 8, 16}} do
    local file = read("unet_" .. variant)
    local net = nn.UNet {variant = variant, channels = channels}
    net:load_state_dict(under(file, "weight/"))
    local logits = net(file.input)
    check(variant .. " logits", logits, file.logits)
    local loss = nn.SegmentationLoss {ce_weight = 0.01, dice_weight = 0.99, reduction = "sum"} (logits, file.labels)
    check(variant .. " loss", loss, file.loss)
    loss:backward()
    check_gradients(variant, net, under(file, "grad/"))
end

---------------------------------------------------------------------------------------------------- inference

local file = read("bayes_conv3d")
local x, mu, logvar = file.x:requires_grad_(), file.mu:requires_grad_(), file.logvar:requires_grad_()
local out = F.bayesian_conv(x, mu, logvar, file.epsilon, {padding = 1})
check("bayes_conv3d", out, file.out)
out:backward(file.grad_out)
check("bayes_conv3d/grad_x", x.grad, file.grad_x)
check("bayes_conv3d/grad_mu", mu.grad, file.grad_mu)
check("bayes_conv3d/grad_logvar", logvar.grad, file.grad_logvar)

file = read("kernel_vae")
local vae = bayes.KernelVAE({3, 3, 3}, {latent_size = 6, hidden_channels = 8})
vae:load_state_dict(under(file, "weight/"))

--- -log p(w | z) and KL(r(z | w) || N(0, I)) of each kernel, z drawn with the noise.
local function terms(kernels, noise)
    local mean, log_variance = vae:encode(kernels)
    local w_mean, w_log_variance = vae:decode(mean + noise * torch.exp(0.5 * log_variance))
    local likelihood = 0.5 * (math.log(2 * math.pi) + w_log_variance + (kernels - w_mean) ^ 2 / torch.exp(w_log_variance))
    local divergence = 0.5 * (mean ^ 2 + torch.exp(log_variance) - log_variance - 1)
    return likelihood:sum({2, 3, 4}), divergence:sum(2)
end

local likelihood, divergence = terms(file.kernels:reshape(10, 3, 3, 3), file.epsilon_z)
check("kernel_vae negative log-likelihood", likelihood, file.negative_log_likelihood)
check("kernel_vae divergence", divergence, file.kl_z)
local loss = (likelihood + divergence):mean()
check("kernel_vae loss", loss, file.loss)
loss:backward()
check_gradients("kernel_vae", vae, under(file, "grad/"))

local bound = under(file, "bound/")
bound.mu:requires_grad_()
bound.logvar:requires_grad_()
local w = bound.mu + bound.epsilon_w * torch.exp(0.5 * bound.logvar)
likelihood, divergence = terms(w:reshape(10, 3, 3, 3), bound.epsilon_z)
local entropy = 0.5 * (math.log(2 * math.pi) + 1 + bound.logvar)
local value = (likelihood + divergence):sum() - entropy:sum()
check("bound", value, bound.value)
value:backward()
check("bound/grad_mu", bound.mu.grad, bound.grad_mu)
check("bound/grad_logvar", bound.logvar.grad, bound.grad_logvar)

return differences, comparisons
