"""Travel on foot along the network: graph, nearest places, reach; arrays in, arrays out."""
