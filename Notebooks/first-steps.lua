-- %% [markdown]
-- # First steps: a weight that is a distribution
-- Run it whole with `lunette Notebooks/first-steps.lua`, or paste cell by cell at the prompt.

-- %% [markdown]
-- ## Gradients
-- Tensors remember what they were computed from; `backward` follows that back to the leaves.

-- %%
local x = torch.tensor({1, 2, 3}, {requires_grad = true})
local y = (x * x):sum()
y:backward()
print("the gradient of x^2 is 2x:", x.grad)

-- %% [markdown]
-- ## A posterior
-- Each 3x3x3 weight of this U-Net is a Gaussian. In the mode 'train' two passes differ, because each result is drawn;
-- with the mean weights they agree.

-- %%
torch.manual_seed(1)
local net = bayes.UNet{channels = {1, 4, 4, 4, 4}}
bayes.start_posterior(net, {share = 0.3})
local volume = torch.randn(1, 1, 16, 16, 16)
bayes.set_mode(net, "train")
print("two draws differ by", (net(volume) - net(volume)):abs():max():item())
bayes.set_mode(net, "mean")
print("two means differ by", (net(volume) - net(volume)):abs():max():item())

-- %% [markdown]
-- ## A prior, and the distance from it
-- The bound on KL(q || p) is 0 where posterior and prior are the same, and grows as the posterior leaves the prior.

-- %%
local prior = bayes.NormalPrior({3, 3, 3})
local log_variance = torch.zeros(10, 3, 3, 3)
for _, shift in ipairs{0, 0.5, 1} do
    local mean = torch.full({10, 3, 3, 3}, shift)
    print(("means at %.1f: %.1f nats"):format(shift, prior:bound(mean, log_variance):item()))
end
