"""What a page shows beside what a reply says of it: words with boxes, doubts, gaps."""
