-- 回退 and 返贫 exclude each other (document D3): a household on both lists was judged twice.
select reverted.subject_key
from {{ ref('work_lists') }} as reverted
inner join {{ ref('work_lists') }} as relapsed
    on reverted.subject_type = relapsed.subject_type and reverted.subject_key = relapsed.subject_key
where reverted.list_id = 'reverted' and relapsed.list_id = 'relapsed'
