import Foundation
import Testing

/// `show`: which figure suits what is shown, and what wrong input says.
@Suite struct ShowTests {
    /// What is shown is written as SVG, of which width and height, or the words in it, tell the figure.
    @Test(arguments: [
        // A curve, as wide as curves are.
        Transcript("torch.arange(5)", "460x300"), Transcript("torch.zeros(1, 5, 1)", "460x300"),
        Transcript("torch.arange(1, 100000)", "460x300"),
        // A picture: one panel of 300 points, and its margins.
        Transcript("torch.zeros(30, 60)", "328x168"), Transcript("torch.zeros(1, 1, 30, 60)", "328x168"),
        // Slices: twelve panels of 130 points, or as many as there are.
        Transcript("torch.zeros(1, 1, 20, 30, 30)", "566x456"), Transcript("torch.zeros(3, 30, 30)", "430x160"),
        Transcript("volumes.phantom{size = {12, 12, 12}}", "566x456"),
        Transcript("volumes.prepare(volumes.phantom{size = {12, 12, 12}})", "566x480"),
        // Kernels: eight a row.
        Transcript("torch.zeros(16, 2, 3, 3, 3)", "778x210"), Transcript("torch.zeros(16, 2, 7, 7)", "602x354"),
        Transcript("torch.zeros(9, 5, 5)", "458x172"), Transcript("torch.zeros(3, 3, 3)", "778x99"),
    ])
    func suits(_ line: Transcript) throws {
        let path = NSTemporaryDirectory() + UUID().uuidString + ".svg"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try Transcript.run("local x = \(line.code) x:show('\(path)') return 'shown'") == "shown")
        let svg = try String(contentsOfFile: path, encoding: .utf8)
        let size = try #require(svg.firstMatch(of: #/width="([0-9]+)[^"]*" height="([0-9]+)/#))
        #expect("\(size.1)x\(size.2)" == line.expected)
    }

    private static let volume = "local x = torch.zeros(4, 8, 8) "

    @Test(arguments: [
        Transcript(
            "torch.zeros(2, 3, 8, 8):show()",
            "test:1: show: self has shape 2x3x8x8 (expected one to three dimensions larger than 1, or kernels; "
                + "choose a part, such as x[{1, 2}])"),
        Transcript("torch.tensor(3):show()", "test:1: show: self has shape scalar (expected more than one element)"),
        Transcript("torch.zeros(0, 3):show()", "test:1: show: self has shape 0x3 (expected more than one element)"),
        Transcript(volume + "x:show('x.jpg')", "test:1: x.jpg: the name must end in .png or .svg"),
        Transcript(
            volume + "x:show(nil, {mask = torch.zeros(4, 8, 9)})",
            "test:1: 'mask' is 4x8x9: expected the scan's 4x8x8"),
        Transcript(volume + "x:show{slices = {5}}", "test:1: 'slices' is [5]: expected numbers from 1 to 4"),
        Transcript(
            volume + "x:show{slices = {}}",
            "test:1: bad option 'slices' to 'show' (at least one number expected, got an empty list)"),
        Transcript(
            "torch.zeros(5):show{mask = torch.zeros(5)}",
            "test:1: bad option 'mask' to 'show' (nil expected for a tensor 5)"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show{viewer = true}",
            "test:1: bad argument #1 'file' to 'show' (the name of a page, such as 'scan.html', expected outside of "
                + "notebooks)"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show('x.png', {viewer = true})",
            "test:1: bad argument #1 'file' to 'show' (a name that ends in .html expected for a viewer, got 'x.png')"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show('x.html', {viewer = true, slices = {1}})",
            "test:1: bad option 'slices' to 'show' (nil expected with viewer = true)"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show('x.png', {prediction = torch.zeros(4, 8, 8)})",
            "test:1: bad option 'prediction' to 'show' (only with viewer = true)"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show('x.png', {mask = {}})",
            "test:1: bad option 'mask' to 'show' (one volume expected without viewer = true)"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show('x.html', {viewer = true, mask = torch.zeros(4, 8, 9)})",
            "test:1: 'mask' is of shape 4x8x9: expected 4x8x8, as the scan"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show('x.html', {viewer = true, mask = {{name = 'a'}}})",
            "test:1: bad option 'mask' to 'show' (Volume or Tensor expected, got nil in field 'volume' at index 1)"),
        Transcript(
            "volumes.volume(torch.zeros(4, 8, 8)):show('x.html', {viewer = true, mask = "
                + "{{name = 'a', volume = volumes.volume(torch.zeros(4, 8, 8), {spacing = {1, 1, 2}})}}})",
            "test:1: 'mask' is elsewhere in the world: voxels of 1 x 1 x 2 mm, not 1 x 1 x 1; up to 7 mm apart: "
                + "expected the grid of the scan, as after volumes.volume(data, {like = ...})"),
        Transcript(
            volume + "x:show{masks = x}",
            "test:1: bad argument #1 to 'show' (unknown option 'masks', did you mean 'mask'?)"),
    ])
    func wrongInput(_ line: Transcript) throws { try line.check() }
}
