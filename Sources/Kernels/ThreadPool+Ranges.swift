import Support

extension Int {
    /// The number of pieces of `size` that it takes to hold so many: the quotient rounded up.
    func pieces(of size: Int) -> Int { (self &+ size &- 1) / size }
}

extension ThreadPool {
    /// Cuts 0 ..< `count` into ranges of `length` (the last one may be shorter) and calls `body` with each, as tasks.
    ///
    /// The borders do not depend on the number of threads, and neither do sums that are made range by range.
    @inline(__always)
    func run(_ count: Int, ranges length: Int, _ body: (Range<Int>) -> Void) {
        run(count.pieces(of: length)) { task in body(task &* length..<min((task &+ 1) &* length, count)) }
    }
}
