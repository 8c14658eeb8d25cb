# SPDX-License-Identifier: GPL-2.0-or-later
# count.pl DEVICE: five frames by Net::Pcap.
use Net::Pcap;

my ($err, $n, $program) = ("", 0);
my $p = Net::Pcap::open_live($ARGV[0], 65535, 0, 100, \$err) or do { print "refused: $err\n"; exit };
Net::Pcap::compile($p, \$program, "ether proto 0x88b5", 1, 0) == 0 && Net::Pcap::setfilter($p, $program) == 0 or die;
my $sender = Net::Pcap::open_live($ENV{SENDER} // $ARGV[0], 65535, 0, 100, \$err);
Net::Pcap::sendpacket($sender, ("\0" x 12) . "\x88\xb5" . ("\0" x 46)) for 1 .. 5;
Net::Pcap::loop($p, 5, sub { $n++ }, "");
print "$n frames\n";
