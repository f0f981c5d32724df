# The third line does not parse.
$good = 1
if ($good {
