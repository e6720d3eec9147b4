#pragma once

namespace forker {

// Replaces an inherited datagram socket by one of this process's own, with the same options, address and peer, at the
// same descriptor. Allocates nothing. 0 or an errno.
int own_datagram(int fd);

}  // namespace forker
