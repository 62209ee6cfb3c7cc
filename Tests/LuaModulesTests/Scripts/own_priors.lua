-- Five priors as the manual's readers write them: fitted, compared, and trained with. Returns the lines of a transcript.
torch.manual_seed(1)
local kernels = (torch.randn(600, 3, 3) * 0.5 + torch.randn(600, 1, 3))
    * torch.standard_gamma(torch.full({600, 1, 1}, 2)):sqrt()
local train, test = kernels[{{1, 450}}], kernels[{{451, 600}}]
local priors = {}

priors.laplace = {log_scale = torch.full({1}, 2, {requires_grad = true})}
function priors.laplace:log_prob(w) return dist.Laplace(0, self.log_scale:exp()):log_prob(w):flatten(2):sum(2) end

priors.horseshoe = {log_scale = torch.full({1}, 2, {requires_grad = true})}
function priors.horseshoe:log_prob(w)
    local z = w / self.log_scale:exp()
    local density = (2 / (z ^ 2 + 1e-9)):log1p() / (2 * math.pi * math.sqrt(2))
    return (density:log() - self.log_scale):flatten(2):sum(2)
end

priors.mixture = {logits = torch.zeros(4, {requires_grad = true}), mean = (torch.randn(4, 9) * 0.1):requires_grad_(),
    log_scale = torch.zeros(4, 9, {requires_grad = true})}
function priors.mixture:density()
    return dist.Mixture(self.logits:softmax(1), dist.Independent(dist.Normal(self.mean, self.log_scale:exp())))
end
function priors.mixture:log_prob(w) return self:density():log_prob(w:flatten(2)) end
function priors.mixture:sample(n) return self:density():sample(n):reshape(n, 3, 3) end

priors.low_rank = {mean = torch.zeros(9, {requires_grad = true}), factor = (torch.randn(9, 3) * 0.1):requires_grad_(),
    log_variance = torch.zeros(9, {requires_grad = true})}
function priors.low_rank:density()
    return dist.LowRankMultivariateNormal(self.mean, self.factor, self.log_variance:exp())
end
function priors.low_rank:log_prob(w) return self:density():log_prob(w:flatten(2)) end
function priors.low_rank:sample(n) return self:density():sample(n):reshape(n, 3, 3) end

local function network() return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 10)) end
priors.flow = {first = network(), second = network()}
function priors.flow:density()
    local base, swap = dist.Independent(dist.Normal(torch.zeros(9), 1)), dist.Permutation{9, 8, 7, 6, 5, 4, 3, 2, 1}
    return dist.Transformed(base, {dist.Coupling(4, self.first), swap, dist.Coupling(4, self.second)})
end
function priors.flow:log_prob(w) return self:density():log_prob(w:flatten(2)) end
function priors.flow:sample(n) return self:density():sample(n):reshape(n, 3, 3) end

local lines, nats = {}, {}
local before = {}
for name, p in pairs(priors) do before[name] = prior.of(p):log_prob(test):mean():item() end
local found = prior.compare(train, priors, {test = test})
for _, row in ipairs(found.rows) do nats[row.name] = row.held_out end
local function say(name, holds) lines[#lines + 1] = name .. ": " .. tostring(holds) end
for _, name in ipairs{"laplace", "horseshoe", "mixture", "low_rank", "flow"} do
    local p = priors[name]
    say(name .. " is better for its fit", nats[name] > before[name] + 0.5)
    -- Step 4 of the method, on a small network.
    local net = nn.Sequential(bayes.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2))
    bayes.set_mode(net, "train")
    local set = bayes.PriorSet{{name = "group1", layers = {"0"}, prior = p}}
    local objective, first, last = bayes.Objective(set, {volumes = 2}), nil, nil
    local optimizer = optim.Adam{{params = net, lr = 0.05}, {params = set:parameters(), lr = 0.001}}
    for step = 1, 30 do
        local loss = nn.functional.cross_entropy(net(torch.ones(4, 1, 4, 4)), torch.tensor{0, 1, 0, 1})
        local total, bounds = objective(loss, net, step)
        optimizer:zero_grad()
        total:backward()
        optimizer:step()
        first, last = first or bounds.group1, bounds.group1
    end
    say(name .. " holds a posterior", last < first)
end
say("structure is worth nats", nats.low_rank > nats.laplace + 1 and nats.flow > nats.laplace + 1)
return table.concat(lines, "\n")
