extension Rows {
    /// Calls `body` for every sixteen of `count` elements, and for those that are left.
    ///
    /// Whole vectors have a loop of their own, in which the number of lanes is known to the compiler.
    @inline(__always)
    static func forEachVector(_ count: Int, _ body: (_ first: Int, _ lanes: Int) -> Void) {
        var first = 0
        while first &+ 16 <= count {
            body(first, 16)
            first &+= 16
        }
        if first < count { body(first, count &- first) }
    }
}
