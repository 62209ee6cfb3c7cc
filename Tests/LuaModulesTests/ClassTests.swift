import Testing

/// Modules of classes that scripts define.
@Suite struct ClassTests {
    /// A class with a parameter, parts and a field.
    static let flow =
        "local Flow = nn.class('Flow') "
        + "function Flow:init(size) self.scale = nn.Parameter(torch.zeros(size)) "
        + "self.net = nn.Sequential(nn.Linear(size, 8), nn.ReLU()) self.count = 0 end "
        + "function Flow:forward(x) self.count = self.count + 1 return x * self.scale:exp() + self.net(x):sum() end "
        + "local flow = Flow(3) local x = torch.ones(5, 3) "

    /// A class of which a module does what `forward` says.
    static func class_(_ name: String, _ forward: String) -> String {
        "local \(name) = nn.class('\(name)') function \(name):forward(x, y) \(forward) end "
    }

    static let double = class_("Double", "return x * 2")
    private static let names =
        "local function names(list) local t = {} for i, p in ipairs(list) do t[i] = p[1] end "
        + "return table.concat(t, ' ') end "

    @Test(arguments: [
        Transcript(flow + "flow(x) return flow.count .. ' ' .. flow(x):size(1) .. ' ' .. flow.count", "1 5 2"),
        Transcript(flow + names + "return names(flow:named_parameters())", "scale net.0.weight net.0.bias"),
        Transcript(
            flow + "return tostring(flow)",
            """
            Flow(3)  [scale 3, 35 parameters]
              net: Sequential(2 layers)  [32 parameters]
                0: Linear(3, 8)  [weight 8x3, bias 8, 32 parameters]
                1: ReLU()
            """),
        Transcript(
            flow + "return #flow .. tostring(flow[1] == flow.net) .. tostring(flow:layer('net.1'))", "1trueReLU()"),
        Transcript(
            flow + "return tostring(flow.nothing) .. tostring(flow.training) .. flow.num_parameters", "niltrue35"),
        // A parameter is a leaf that requires a gradient, however it was made; another tensor is a field.
        Transcript(
            flow + names + "flow.a = torch.zeros(2, {requires_grad = true}) flow.b = torch.ones(2) flow.c = flow.a * 2 "
                + "return names(flow:named_parameters()) .. ' ' .. flow.b:sum():item() .. flow.c:size(1)",
            "scale a net.0.weight net.0.bias 2.02"),
        // Another value in the same place, and nil.
        Transcript(
            flow + names + "flow.net = nn.ReLU() flow.extra = nn.Linear(1, 1) flow.scale = nn.Parameter(torch.ones(1)) "
                + "local first = names(flow:named_parameters()) flow.extra, flow.scale = nil, 3 "
                + "return first .. '|' .. names(flow:named_parameters()) .. '|' .. #flow .. flow.scale "
                + "..tostring(flow.extra)",
            "scale extra.weight extra.bias||13nil"),
        Transcript(
            flow + "flow:freeze({'scale'}) flow.scale = flow.scale local frozen = tostring(flow.scale.requires_grad) "
                + "flow:unfreeze() return frozen .. tostring(flow.scale.requires_grad) .. #flow:parameters()",
            "falsetrue3"),
        Transcript(
            flow + "flow(x):sum():backward() local there = flow.scale.grad ~= nil flow:zero_grad() "
                + "return tostring(there) .. tostring(flow.scale.grad)", "truenil"),
        // An optimizer of a module, and one parameter under two names.
        Transcript(
            flow + "flow.again = flow.net local o = optim.SGD(flow, {lr = 1}) flow(x):sum():backward() o:step() "
                + "return #flow:parameters() .. ' ' .. flow.scale[1]:item() .. ' ' "
                + ".. tostring(flow:state_dict()['again.0.bias'] ~= nil)",
            "3 -5.0 true"),
        // Buffers.
        Transcript(
            flow + names + "flow:register_buffer('mean', torch.ones(2)) flow.mean = torch.zeros(2) "
                + "local other = Flow(3) other:register_buffer('mean', torch.ones(2)) "
                + "other:load_state_dict(flow:state_dict()) "
                + "return names(flow:named_buffers()) .. #flow:parameters() .. other.mean:sum():item()", "mean30.0"),
        // Any number of values.
        Transcript(
            class_("Pair", "return y, x, nil, 3") + "local m = Pair() return select('#', m(1, 2)) .. m(1, 'y')", "4y"),
        Transcript(class_("None", "") + "return select('#', None()())", "0"),
        Transcript(class_("Table", "return x.a") + "return Table()({a = 5})", "5"),
        // Within other layers.
        Transcript(double + "return nn.Sequential(Double(), Double())(torch.ones(1)):item()", "4.0"),
        Transcript(
            double + "local Sum = nn.class('Sum') function Sum:init(n) self.list = nn.ModuleList() "
                + "for i = 1, n do self.list:append(nn.Linear(1, 1)) end self.list[2] = Double() end "
                + "function Sum:forward(x) local s = 0 for i, m in ipairs(self.list) do s = s + m(x) end return s end "
                + names + "local m = Sum(3) m(torch.ones(1, 1)) return #m.list .. names(m:named_parameters())",
            "3list.0.weight list.0.bias list.2.weight list.2.bias"),
        // Classes.
        Transcript(
            double + "return tostring(Double) .. tostring(nn.class('Triple', Double))",
            "class Doubleclass Triple(Double)"),
        Transcript(
            flow + "local Child = nn.class('Child', Flow) "
                + "function Child:init(size) Flow.init(self, size) self.shift = nn.Parameter(torch.ones(size)) end "
                + "function Child:forward(x) return Flow.forward(self, x) - self.shift end "
                + "function Child:twice() return self.count * 2 end "
                + "local c = Child(3) c(x) return #c:parameters() .. ' ' .. c:twice() .. ' ' .. tostring(c):sub(1, 8)",
            "4 2 Child(3)"),
        Transcript(
            double + "local C = nn.class('C', Double) function C:init(n) Double.init(self) self.n = n end "
                + "return C(4)(torch.ones(1)):item() + C(5).n", "7.0"),
        Transcript(
            double + "function Double.forward(self, x) return x * 3 end return Double()(torch.ones(1)):item()", "3.0"),
        Transcript(
            double + "local old = Double() local Again = nn.class('Double') function Again:forward(x) return x end "
                + "return old(torch.ones(1)):item() + Again()(torch.ones(1)):item()", "3.0"),
        Transcript(
            "local P = nn.class('P') for _, name in ipairs{'log_prob', 'sample', 'fit', 'cross_entropy'} do "
                + "P[name] = function(self, x) return name .. x end end return P():log_prob(1) .. P():sample(2)",
            "log_prob1sample2"),
        Transcript(
            "local C = nn.class('C') C.size = 3 function C:init(...) self.n = select('#', ...) end "
                + "return C(nil, nil).n .. C({}, {a = 1}).n .. C().size", "223"),
        // The same module is the same object.
        Transcript(
            flow + "local s = nn.Sequential(flow) flow.tag = 'x' return tostring(rawequal(s[1], flow)) .. s[1].tag",
            "truex"),
        Transcript(
            "local s do " + flow + "flow.tag = 'x' s = nn.Sequential(flow) end collectgarbage() collectgarbage() "
                + "return s[1].tag .. #s[1]:parameters()", "x3"),
        // Modes.
        Transcript(
            double + "local m = Double() m.inner = Double() m:eval() local a = m.inner.training m:train() "
                + "return tostring(a) .. tostring(m.inner.training) .. tostring(m.training)", "falsetruetrue"),
        Transcript(flow + "return tostring(nn.Linear(1, 1).training)", "nil"),
    ])
    func behaves(_ line: Transcript) throws { try line.check() }

    @Test(arguments: [
        Transcript(
            "local C = nn.class('C') return C()(1)", "test:1: C has no forward: define it by function C:forward(x)"),
        Transcript("local C = nn.class('C') return C(1)", "test:1: C takes no arguments: it has no init"),
        Transcript(
            "local C = nn.class('C') function C:forward(x) return self.scale * x end return C:forward(1)",
            "test:1: C is a class, and has no 'scale'; C(...) makes a module"),
        Transcript(
            "local C = nn.class('C') function C:init() self.net = nn.ReLU() end C:init()",
            "test:1: C is a class: parameters and modules such as 'net' belong to the modules that C(...) makes; "
                + "set them on self in C:init"),
        Transcript(
            "local C = nn.class('C') return C:parameters()",
            "test:1: C is a class, and has no 'parameters'; C(...) makes a module"),
        Transcript(
            "local C = nn.class('C') function C:parameters() end",
            "test:1: C cannot define 'parameters': every module has it already; choose another name"),
        Transcript(
            "local C = nn.class('C') C().layer = nn.ReLU()",
            "test:1: C cannot define 'layer': every module has it already; choose another name"),
        Transcript(
            "local C = nn.class('C') C.__call = print",
            "test:1: C cannot define '__call': names with __ are Lua's; choose another name"),
        Transcript(
            "local C = nn.class('C') C()['a.b'] = nn.ReLU()",
            "test:1: a part of C cannot have the name 'a.b': paths are made with dots"),
        Transcript(
            "local C = nn.class('C') C()[1] = nn.ReLU()",
            "test:1: bad argument #2 'key' to '__newindex' (string expected, got number)"),
        Transcript(
            "nn.class('2x')", "test:1: class: name is '2x' (expected letters, digits and _, no digit first)"),
        Transcript("nn.class('C', {})", "test:1: bad argument #2 'parent' to 'class' (Class expected, got table)"),
        Transcript(
            flow + "flow.scale = flow.scale * 2",
            "test:1: 'scale' of Flow is a parameter: nn.Parameter(...) or nil can take its place, not another tensor; "
                + "to change its values, use scale:copy_(...) in torch.no_grad"),
        Transcript(
            double + "local m = Double() m.part = nn.Sequential(m)",
            "test:1: Double: a part is a module that contains this one (expected one that does not, and is not the "
                + "module itself)"),
        Transcript(
            double + "nn.Sequential(nn.ReLU(), nn.Sequential(Double()))('x')",
            "test:1: bad argument #2 'input' to '__call' (Tensor expected, got string)"),
        // What other layers call takes and gives one tensor.
        Transcript(
            class_("Two", "return x, x") + "nn.Sequential(Two())(torch.ones(1))",
            "test:1: Two: the result of forward is 2 values (expected one tensor, where another layer or function "
                + "calls the module) in 0"),
        Transcript(
            class_("Text", "return 'x'") + "nn.Sequential(Text())(torch.ones(1))",
            "test:1: Text: the result of forward is a value of the type string (expected one tensor, where another "
                + "layer or function calls the module) in 0"),
        Transcript(
            "nn.ModuleList(nn.ReLU())(torch.ones(1))",
            "test:1: ModuleList: input is given to the list (expected a call of one of its modules, such as "
                + "list[1](input))"),
        Transcript(
            "local list = nn.ModuleList(nn.ReLU()) list[3] = nn.ReLU()",
            "test:1: ModuleList: index is 3 (expected 1 to 1, or -1 to -1)"),
        // Errors within keep their line, and tell the path.
        Transcript(class_("Bad", "error('no')") + "Bad()(1)", "test:1: no"),
        Transcript(class_("Bad", "error('no')") + "nn.Sequential(nn.ReLU(), Bad())(torch.ones(1))", "test:1: no in 1"),
        Transcript(
            class_("Bad", "error('no')") + class_("Outer", "return self.list[1](x)")
                + class_("Top", "return self.up2(x)")
                + "local o, t = Outer(), Top() o.list = nn.ModuleList(nn.Sequential(nn.ReLU(), Bad())) t.up2 = o "
                + "t(torch.ones(1))", "test:1: no in up2.list.0.1"),
        Transcript(
            class_("Outer", "return self.inner(x)") + "local o = Outer() o.inner = nn.Sequential(nn.Linear(2, 3)) "
                + "local t = Outer() t.inner = o t(torch.ones(1))",
            "test:1: linear: weight has shape 3x2 (expected out x 1, for an input of 1) in inner.inner.0"),
        Transcript(
            class_("Bad", "error({code = 3})") + class_("Outer", "return self.bad(x)")
                + "local o = Outer() o.bad = nn.Sequential(Bad()) "
                + "local ok, e = pcall(o, torch.ones(1)) return tostring(ok) .. e.code", "false3"),
        Transcript(
            class_("Endless", "return self(x)") + "Endless()(1)",
            "test:1: Endless: forward is called within itself, 100 deep (expected modules that do not call themselves "
                + "without end)"),
        Transcript(
            class_("Catch", "return select(2, pcall(self.bad, x))") + class_("Bad", "error('no')")
                + "local c = Catch() c.bad = Bad() return c(1)", "test:1: no in bad"),
    ])
    func wrongUse(_ line: Transcript) throws { try line.check() }
}
