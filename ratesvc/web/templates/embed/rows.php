<?php
$ticker = json_decode(file_get_contents('{{ address }}'), true);
foreach ($ticker['rows'] as $row) {
    echo '<li>', htmlspecialchars($row['text'] . ($row['stale'] ? ' (' . $row['observed_on'] . ')' : '')), '</li>';
}
