#pragma once

namespace ashlar::node {

/// The net below every thread of the process: an exception that nobody caught ends it with a
/// sentence on standard error and exit code 1, not with a signal and nothing said. What was
/// confirmed is in the block log. To be called once, first.
void end_uncaught_with_sentence();

}  // namespace ashlar::node
