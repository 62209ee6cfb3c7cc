import TestSupport
import Testing

/// `--check-numerics`: where numbers that are not finite first appear. In processes of their own, as it holds for all
/// of one.
@Suite struct NumericsCheckTests {
    private static let net = """
        local net = nn.UNet{channels = {1, 2, 2, 2, 2}, generator = torch.Generator(1)}
        local x = torch.randn(1, 1, 8, 8, 8)
        """

    @Test(
        arguments: [
            ("local x = torch.tensor{1, 0}; x:log()", "log: the result of finite inputs is infinite in 1 of 2 numbers"),
            ("torch.log(torch.tensor{-1, 2, -1})", "log: the result of finite inputs is NaN in 2 of 3 numbers"),
            ("local x = torch.tensor{0 / 0, 1} * 2", "input 1 is NaN in 1 of 2 numbers"),
            (
                "local w = nn.Parameter(torch.zeros(1)); w:sqrt():sum():backward()",
                "backward of sqrt: the gradient of input 1 is infinite in 1 of 1 numbers"
            ),
            (
                net + "torch.no_grad(function() net:layer('down2.conv_1.conv.2').weight:fill_(0 / 0) end) net(x)",
                "in down2.conv_1"
            ),
            (net + "x[{1, 1, 4, 4, 4}] = 0 / 0; net(x)", "in init_conv"),
            (
                """
                local Net = nn.class("Net")
                function Net:init() self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 1) end
                function Net:forward(x) return self.second(self.first(x)) end
                local net = Net()
                torch.no_grad(function() net.second.weight:fill_(1 / 0) end)
                net(torch.ones(1, 2))
                """, "in second"
            ),
            (
                """
                local Net = nn.class("Net")
                function Net:init() self.first = nn.Linear(2, 2) end
                function Net:forward(x) return (self.first(x) * 1e30):square():sum():sqrt() end
                Net()(torch.ones(1, 2))
                """, "square: the result of finite inputs is infinite"
            ),
        ])
    func theFirstPlaceIsNamed(_ code: String, _ expected: String) throws {
        let checked = try CommandProcess.run(CommandProcess.lunette, ["--check-numerics", "-e", code])
        #expect(checked.code == 1 && checked.errors.contains(expected), "\(checked.errors)")
        #expect(try CommandProcess.run(CommandProcess.lunette, ["-e", code]).errors == "")
    }

    @Test func finiteTrainingIsLeftAlone() throws {
        let code =
            Self.net + """
                local optimizer = optim.Adam(net)
                for step = 1, 2 do
                    optimizer:zero_grad()
                    nn.functional.segmentation_loss(net(x), torch.ones(1, 8, 8, 8)):backward()
                    optimizer:step()
                end
                print(torch.is_anomaly_enabled(), net(x):sum():item())
                torch.set_detect_anomaly(false)
                print(torch.tensor{0}:log():item())
                """
        let checked = try CommandProcess.run(CommandProcess.lunette, ["--check-numerics", "-e", code]).output
        let plain = try CommandProcess.run(CommandProcess.lunette, ["-e", code]).output
        #expect(checked.hasSuffix("-inf\n") && checked == plain.replacing("false\t", with: "true\t"))
    }
}
