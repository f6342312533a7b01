package fetch

import (
	"net/netip"
	"sync"
)

// special lists the blocks inside the unicast space that are not the public internet (IANA's registries of special-purpose
// addresses), and the addresses that clouds answer their machines at.
var special = sync.OnceValue(func() (blocks []netip.Prefix) {
	for _, block := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		blocks = append(blocks, netip.MustParsePrefix(block))
	}
	return blocks
})

// isPublic tells whether an address is of the public internet.
func isPublic(address netip.Addr) bool {
	address = address.Unmap()
	if !address.IsGlobalUnicast() || address.IsPrivate() || address.Zone() != "" {
		return false
	}
	if address.Is6() && address.As16()[0]>>5 != 1 {
		return false // 2000::/3 is all that is public of IPv6. What embeds an IPv4 address is outside of it, or special.
	}
	for _, block := range special() {
		if block.Contains(address) {
			return false
		}
	}
	return true
}

func isLoopback(address netip.Addr) bool { return address.Unmap().IsLoopback() }
