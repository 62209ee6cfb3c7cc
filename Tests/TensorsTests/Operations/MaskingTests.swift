import Support
import Tensors
import Testing

@Suite struct MaskingTests {
    @Test func chosenElementsAndTheirGradients() throws {
        let x = try Tensor([1, 2, 3, 4], shape: [2, 2]).requireGradient()
        let mask = try Tensor([1, 0, 0, -1], shape: [2, 2])
        let chosen = try x.maskedSelect(mask)
        #expect(chosen.values == [1, 4])
        try chosen.square().sum().backward()
        #expect(x.gradient?.values == [2, 0, 0, 8])
        #expect(try x.maskedSelect(Tensor.zeros([2, 2])).shape == [0])
    }

    @Test func assignmentLeavesTheOthers() throws {
        let x = try Tensor([1, 2, 3, 4], shape: [2, 2])
        try x.maskedAssign(Tensor([8, 9], shape: [2]), where: Tensor([0, 1, 1, 0], shape: [2, 2]))
        #expect(x.values == [1, 9, 8, 4])
        #expect(throws: TensorError.self) { try x.maskedAssign(x, where: Tensor.zeros([3])) }
        try x.requireGradient()
        #expect(throws: TensorError.self) { try x.maskedAssign(Tensor(1), where: Tensor.ones([2, 2])) }
    }
}
