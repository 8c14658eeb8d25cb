# SPDX-License-Identifier: GPL-2.0-or-later
# count.rb DEVICE: five frames by pcaprub.
require 'pcaprub'

p = PCAPRUB::Pcap.open_live(ARGV[0], 65535, false, 100)
p.setfilter('ether proto 0x88b5')
sender = PCAPRUB::Pcap.open_live(ENV['SENDER'] || ARGV[0], 65535, false, 100)
5.times { sender.inject(("\0" * 12).b + "\x88\xb5".b + ("\0" * 46).b) }
n = 0
p.each { break if (n += 1) == 5 }
puts "#{n} frames"
