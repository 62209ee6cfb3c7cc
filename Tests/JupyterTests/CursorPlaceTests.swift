import Jupyter
import Support
import Testing

/// The names that are asked about, by the place of the cursor.
@Suite struct CursorPlaceTests {
    @Test(
        arguments: [
            ("nn.Conv3d", 4, ["nn.Conv3d"]), ("nn.Conv3d(1, {", 14, ["nn.Conv3d"]), ("f(g(1), h(", 10, ["h", "f"]),
            ("x:sum()", 3, ["x:sum"]), ("🧠 = nn.ReLU", 6, ["nn.ReLU"]), ("", 0, []), ("a", 99, ["a"]), ("(", 1, []),
        ])
    func names(code: String, cursor: Int, expected: [String]) {
        let place = CursorPlace(.record(["code": .string(code), "cursor_pos": .number(Double(cursor))]))
        #expect(place.names == expected)
    }
}
